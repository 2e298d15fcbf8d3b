import type { Locale, StepUpMethod } from './actor.ts'
import type { ConsentMethod, RestoreWindow } from './events.ts'
import type { Instant } from './instants.ts'

/** Who a mail goes to; the door finds the people and their languages. `otherSide` is the desk when a customer wrote, and the customer when the desk did. */
/** `customer` is owner, requester and watchers; `portalPeople` everybody of the portal; `desk` the assignee, or all agents while there is none. */
export const mailParties = ['owner', 'customer', 'approvers', 'admins', 'desk', 'portalPeople', 'otherSide'] as const
export type MailParty = (typeof mailParties)[number]

/** What a mail says; words in lib/mail/templates under the same names. */
export const mailTemplates = [
  'owner_asked',
  'owner_reminder',
  'owner_asked_again',
  'owner_changed',
  'consent_receipt',
  'not_me_reported',
  'plan_needed',
  'plan_paid',
  'approval_asked',
  'approval_escalated',
  'approved',
  'rejected',
  'reply_posted',
  'hold_ending',
  'restore_begins',
  'restored',
  'files_ready',
  'restore_failed',
  'undone',
  'undo_failed',
  'paused_released',
  'release_failed',
  'cancelled',
  'expired',
  'closed',
] as const
export type MailTemplate = (typeof mailTemplates)[number]

type ConsentRow = {
  purpose: 'restore' | 'undo'
  previewId: string
  digest: string
  ownerId: string
  method: ConsentMethod
  typedName: string
  shownText: string
  locale: Locale
  window: RestoreWindow
}
type VoteRow = { digest: string; approverId: string; decision: 'approve' | 'reject'; reason: string | null; method: StepUpMethod }
type RunRow = {
  runId: string
  kind: 'restore' | 'undo'
  previewId: string
  snapshotId: string
  digest: string
  undoesRunId: string | null
}

/**
 * What a transition asks for besides the new state. The machine only names them; dispatch turns each into rows and jobs of the same
 * transaction (I12), exhaustively by type. Timers are not among them: they are derived (timers.ts).
 */
export type EffectParams = {
  enqueueCheckTicket: undefined
  enqueueCheckPlan: undefined
  sendMail: { to: MailParty; template: MailTemplate }
  placeHold: { snapshotId: string; until: Instant }
  extendHold: { snapshotId: string; until: Instant }
  releaseHold: { snapshotId: string }
  releaseAllHolds: undefined
  recordConsent: ConsentRow
  voidConsent: { purpose: 'restore' | 'undo'; reason: string }
  confirmProof: { proofId: string; confirmedBy: string }
  recordVote: VoteRow
  /** `exceptApproverIds` null voids all of them. */
  voidVotes: { exceptApproverIds: string[] | null }
  createRun: RunRow
  requestRunCancel: { runId: string }
  reportRun: { runId: string }
  releasePaused: { runId: string }
  dropRelease: { runId: string }
  reportRelease: { runId: string }
  addWatcher: { userId: string }
}
export type EffectType = keyof EffectParams

const named: Record<EffectType, true> = {
  enqueueCheckTicket: true,
  enqueueCheckPlan: true,
  sendMail: true,
  placeHold: true,
  extendHold: true,
  releaseHold: true,
  releaseAllHolds: true,
  recordConsent: true,
  voidConsent: true,
  confirmProof: true,
  recordVote: true,
  voidVotes: true,
  createRun: true,
  requestRunCancel: true,
  reportRun: true,
  releasePaused: true,
  dropRelease: true,
  reportRelease: true,
  addWatcher: true,
}
export const effectTypes = Object.keys(named)
export type Effect = { [T in EffectType]: { type: T; params: EffectParams[T] } }[EffectType]
