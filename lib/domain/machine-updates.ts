import { assertEvent } from 'xstate'
import { type Instant, latest, plusHours } from './instants.ts'
import { type LiveRun, type StampedEvent, type StampedEventOf, senderId, type TicketContext } from './machine-context.ts'
import { holdMaximum } from './policy/r2-retention.ts'

/** What the machine remembers of a ticket that has just been opened. */
export function opened(event: StampedEventOf<'OPEN_TICKET'>): TicketContext {
  const { portalId, userCount, scope, snapshot, previewId, digest, requesterId, ownerId, policy, deletedByRequester } = event
  return {
    portalId,
    userCount,
    scope,
    snapshot,
    preview: {
      previewId,
      digest,
    },
    requesterId,
    ownerId,
    policy,
    deletedByRequester,
    ownerSince: null,
    assigneeId: null,
    handlerIds: [],
    waitingSince: event.at,
    fired: {},
    hold: {
      until: holdMaximum(snapshot.completedAt, policy),
      extended: false,
      ended: false,
    },
    lastWordAt: event.at,
    consent: null,
    proof: null,
    plan: null,
    votes: [],
    run: null,
    failure: null,
    undo: null,
    files: null,
    paused: null,
    complaint: null,
    frozen: null,
  }
}

export type Args = { context: TicketContext; event: StampedEvent }
type Update = (args: Args) => Partial<TicketContext>

/** A new waiting begins: its reminders and expiries count from here. Hold warnings that were given stay given. */
export const startWaiting: Update = ({ context: { fired }, event }) => {
  const given = Object.entries(fired).filter(([timer]) => timer.startsWith('holdWarning'))
  return { waitingSince: event.at, fired: Object.fromEntries(given) }
}

/** Something was said on the ticket, by whomever. */
export const rememberWord: Update = ({ event }) => ({ lastWordAt: event.at })

export const rememberTimer: Update = ({ context, event }) =>
  'timer' in event ? { fired: { ...context.fired, [event.timer]: event.due } } : {}

export const rememberConsent: Update = ({ context, event }) => {
  assertEvent(event, 'GIVE_CONSENT')
  const { previewId, digest, method, window, at } = event
  return { consent: { previewId, digest, method, window, ownerId: context.ownerId, givenAt: at } }
}

/** I9: consent and votes die together with what they were given for. */
export const dropAgreement: Update = () => ({ consent: null, votes: [] })

export const rememberPreview: Update = ({ event }) => {
  assertEvent(event, ['REFRESH_PREVIEW', 'CONSENT_STALE'])
  return { preview: { previewId: event.previewId, digest: event.digest } }
}

/** Another snapshot, another hold: nothing of the old one's maximum is inherited. */
export const rememberSnapshot: Update = ({ context, event }) => {
  assertEvent(event, 'CHOOSE_SNAPSHOT')
  const { snapshot, previewId, digest } = event
  const until = latest(holdMaximum(snapshot.completedAt, context.policy), event.at)
  return { snapshot, preview: { previewId, digest }, hold: { until, extended: false, ended: false }, failure: null, fired: {} }
}

export const rememberOwner: Update = ({ event }) => {
  assertEvent(event, 'OWNER_CHANGED')
  return { ownerId: event.ownerId, ownerSince: event.since, proof: null }
}

export const rememberProof: Update = ({ context, event }) => {
  assertEvent(event, 'RECORD_PROOF')
  const recordedBy = senderId(event)
  if (recordedBy === null) return {}
  return {
    proof: { proofId: event.proofId, kind: event.kind, recordedBy, confirmedBy: null },
    handlerIds: withHandler(context, recordedBy),
  }
}

export const confirmProof: Update = ({ context, event }) => {
  const confirmedBy = senderId(event)
  return { proof: context.proof && { ...context.proof, confirmedBy }, handlerIds: withHandler(context, confirmedBy) }
}

export const rememberPlan: Update = ({ event }) => {
  assertEvent(event, ['PLAN_CHECKED', 'BEGIN_RESTORE'])
  return { plan: { plan: event.plan, paid: event.paid, checkedAt: event.checkedAt } }
}

export const rememberVote: Update = ({ context, event }) => {
  assertEvent(event, 'APPROVE_RESTORE')
  const approverId = senderId(event)
  if (approverId === null) return {}
  return { votes: [...context.votes, { approverId, digest: event.digest, method: event.method, at: event.at }] }
}

/** S81: votes of people who may not approve any more. */
export const dropLostVotes: Update = ({ context, event }) => {
  assertEvent(event, 'BEGIN_RESTORE')
  return { votes: context.votes.filter((vote) => event.approverIds.includes(vote.approverId)) }
}

/** Whoever works on a ticket for the desk is remembered as a handler, also after giving it back (R9). */
export const takeOver: Update = ({ context, event }) => {
  const assigneeId = event.type === 'ASSIGN_TICKET' ? event.assigneeId : senderId(event)
  return { assigneeId, handlerIds: withHandler(context, assigneeId) }
}

export const release: Update = () => ({ assigneeId: null })

export const freeze: Update = ({ event }) => {
  assertEvent(event, 'REPORT_NOT_ME')
  return { frozen: { since: event.at, reason: event.reason ?? null } }
}

export const thaw: Update = () => ({ frozen: null })

/** S19: the hold's maximum moves once; warnings are given anew before the new end. */
export const extendHold: Update = ({ context: { hold, policy } }) => ({
  hold: { ...hold, until: plusHours(hold.until, policy.holdExtensionHours), extended: true },
})

export const endHold: Update = ({ context }) => ({ hold: { ...context.hold, ended: true } })

export const beginRun: Update = ({ context, event }) => {
  assertEvent(event, ['BEGIN_RESTORE', 'REQUEST_UNDO'])
  const kind = event.type === 'BEGIN_RESTORE' ? 'restore' : 'undo'
  // The snapshot is needed until the run is over, however long it takes.
  const until = latest(context.hold.until, plusHours(event.at, 24))
  return { run: { runId: event.runId, kind, beganAt: event.at, stop: null }, failure: null, hold: { ...context.hold, until } }
}

export const askRunToStop: Update = ({ context, event }) => {
  // A consent that is gone outweighs a mere cancel: it decides where the ticket goes when the run has stopped.
  const gone = event.type !== 'CANCEL_RUN' || context.run?.stop === 'consentGone'
  const stop: LiveRun['stop'] = gone ? 'consentGone' : 'cancelled'
  return { run: context.run && { ...context.run, stop } }
}

export const rememberFailure: Update = ({ event }) => {
  if (event.type === 'RUN_CANCELLED')
    return { run: null, failure: { kind: 'cancelled', detail: '', refusal: null, at: event.at } }
  assertEvent(event, ['RUN_FAILED', 'UNDO_FAILED'])
  return { run: null, failure: { kind: event.kind, detail: event.detail, refusal: event.refusal ?? null, at: event.at } }
}

export const forgetRun: Update = () => ({ run: null })

export const rememberRestore: Update = ({ context, event }) => {
  assertEvent(event, 'RUN_SUCCEEDED')
  const { runId, safetySnapshotId, at } = event
  if (safetySnapshotId === undefined) throw new Error(`run ${runId} restored without a safety copy`)
  const until = plusHours(at, context.policy.undoWindowHours)
  const undo = { runId, safetySnapshotId, restoredAt: at, until }
  return { undo, paused: pausedBy(event), run: null, failure: null, complaint: null }
}

/** The restore is taken back, and with it what it had brought; what the undo itself brought back is paused by the same rule. */
export const rememberUndone: Update = ({ event }) => {
  assertEvent(event, 'UNDO_SUCCEEDED')
  return { run: null, paused: pausedBy(event) }
}

export const askRelease: Update = ({ context: { paused } }) => ({ paused: paused && { ...paused, release: 'asked' } })

export const leavePaused: Update = ({ context: { paused } }) => ({ paused: paused && { ...paused, release: 'left' } })

/** An undo takes away what would have been released; should it come to nothing, it may be asked for again. */
export const dropAskedRelease: Update = ({ context: { paused } }) =>
  paused?.release === 'asked' ? { paused: { ...paused, release: 'open' } } : {}

export const rememberRelease: Update = ({ context: { paused }, event }) => {
  assertEvent(event, 'PAUSED_RELEASED')
  const { released, changed, gone } = event
  return { paused: paused && { ...paused, release: 'released', released: { released, changed, gone }, unproved: false } }
}

export const rememberReleaseFailure: Update = ({ context: { paused }, event }) => {
  assertEvent(event, 'RELEASE_FAILED')
  return { paused: paused && { ...paused, release: 'failed', unproved: event.unproved } }
}

/** An extract is done: nothing was changed, so there is nothing to undo. */
export const rememberFiles: Update = ({ event }) => {
  assertEvent(event, 'RUN_SUCCEEDED')
  const files = event.filesUntil === undefined ? null : { until: event.filesUntil }
  return { files, undo: null, paused: null, run: null, failure: null, complaint: null }
}

/** An undo that came to nothing may be asked for again for a day at least. */
export const keepUndoOpen: Update = ({ context, event }) => undoUntil(context, event.at, 24)

/** S56: the window never ends during an open complaint. */
export const openComplaint: Update = ({ context, event }) => ({
  complaint: { openedAt: event.at },
  ...undoUntil(context, event.at, context.policy.complaintExtensionHours),
})

export const prolongForComplaint: Update = ({ context, event }) =>
  undoUntil(context, event.at, context.policy.complaintExtensionHours)

export const resolveComplaint: Update = () => ({ complaint: null })

function pausedBy({ runId, paused: actions = 0 }: StampedEventOf<'RUN_SUCCEEDED' | 'UNDO_SUCCEEDED'>): TicketContext['paused'] {
  return actions === 0 ? null : { runId, actions, release: 'open', released: null, unproved: false }
}

function withHandler({ handlerIds }: TicketContext, userId: string | null): string[] {
  return userId === null || handlerIds.includes(userId) ? handlerIds : [...handlerIds, userId]
}

function undoUntil({ undo }: TicketContext, at: Instant, hours: number): Partial<TicketContext> {
  return undo ? { undo: { ...undo, until: latest(undo.until, plusHours(at, hours)) } } : {}
}
