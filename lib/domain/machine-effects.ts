import { assertEvent } from 'xstate'
import type { EffectParams, MailParty, MailTemplate } from './effects.ts'
import { senderId } from './machine-context.ts'
import type { Args } from './machine-updates.ts'

// Effects as the machine writes them into its transitions: a type and how its params come from context and event.
// They are resolved in order, so one that stands after an update sees what the update made.

export const mail = (to: MailParty, template: MailTemplate) => ({ type: 'sendMail', params: { to, template } }) as const

export const placeHold = {
  type: 'placeHold',
  params: ({ context }: Args): EffectParams['placeHold'] => ({ snapshotId: context.snapshot.id, until: context.hold.until }),
} as const

export const extendHold = {
  type: 'extendHold',
  params: ({ context }: Args): EffectParams['extendHold'] => ({ snapshotId: context.snapshot.id, until: context.hold.until }),
} as const

export const releaseHold = {
  type: 'releaseHold',
  params: ({ context }: Args): EffectParams['releaseHold'] => ({ snapshotId: context.snapshot.id }),
} as const

/** What undo goes back to is kept as long as undo is offered. */
export const holdSafetyCopy = {
  type: 'placeHold',
  params: ({ context }: Args): EffectParams['placeHold'] => {
    if (context.undo === null) throw new Error('a safety copy is held only where there is one')
    return { snapshotId: context.undo.safetySnapshotId, until: context.undo.until }
  },
} as const

export const recordConsent = {
  type: 'recordConsent',
  params: ({ context, event }: Args): EffectParams['recordConsent'] => {
    assertEvent(event, ['GIVE_CONSENT', 'REQUEST_UNDO'])
    const { previewId, digest, method, typedName, shownText, locale } = event
    const consent = { previewId, digest, method, typedName, shownText, locale, ownerId: context.ownerId }
    return event.type === 'GIVE_CONSENT'
      ? { ...consent, purpose: 'restore', window: event.window }
      : { ...consent, purpose: 'undo', window: { kind: 'now' } }
  },
} as const

/** The reason a consent died is the event that killed it. */
export const voidConsent = {
  type: 'voidConsent',
  params: ({ event }: Args): EffectParams['voidConsent'] => ({ purpose: 'restore', reason: event.type }),
} as const

export const voidUndoConsent = {
  type: 'voidConsent',
  params: ({ event }: Args): EffectParams['voidConsent'] => ({ purpose: 'undo', reason: event.type }),
} as const

export const voidVotes = { type: 'voidVotes', params: { exceptApproverIds: null } } as const

export const voidLostVotes = {
  type: 'voidVotes',
  params: ({ context }: Args): EffectParams['voidVotes'] => ({ exceptApproverIds: context.votes.map((vote) => vote.approverId) }),
} as const

export const recordVote = {
  type: 'recordVote',
  params: ({ event }: Args): EffectParams['recordVote'] => {
    assertEvent(event, ['APPROVE_RESTORE', 'REJECT_RESTORE'])
    const approverId = person(event)
    const decision = event.type === 'APPROVE_RESTORE' ? 'approve' : 'reject'
    return { approverId, decision, digest: event.digest, method: event.method, reason: event.reason ?? null }
  },
} as const

export const confirmProof = {
  type: 'confirmProof',
  params: ({ event }: Args): EffectParams['confirmProof'] => {
    assertEvent(event, 'CONFIRM_PROOF')
    return { proofId: event.proofId, confirmedBy: person(event) }
  },
} as const

export const createRun = {
  type: 'createRun',
  params: ({ context, event }: Args): EffectParams['createRun'] => {
    assertEvent(event, ['BEGIN_RESTORE', 'REQUEST_UNDO'])
    const { undo, snapshot, preview } = context
    if (event.type === 'BEGIN_RESTORE')
      return { runId: event.runId, kind: 'restore', snapshotId: snapshot.id, ...preview, undoesRunId: null }
    if (undo === null) throw new Error('an undo needs a restore to undo')
    const { runId, previewId, digest } = event
    return { runId, kind: 'undo', snapshotId: undo.safetySnapshotId, previewId, digest, undoesRunId: undo.runId }
  },
} as const

export const requestRunCancel = {
  type: 'requestRunCancel',
  params: ({ context }: Args): EffectParams['requestRunCancel'] => {
    if (context.run === null) throw new Error('there is no run to cancel')
    return { runId: context.run.runId }
  },
} as const

export const reportRun = {
  type: 'reportRun',
  params: ({ event }: Args): EffectParams['reportRun'] => {
    assertEvent(event, ['RUN_SUCCEEDED', 'RUN_FAILED', 'RUN_CANCELLED', 'CONSENT_STALE', 'UNDO_SUCCEEDED', 'UNDO_FAILED'])
    return { runId: event.runId }
  },
} as const

export const releasePaused = {
  type: 'releasePaused',
  params: ({ event }: Args): EffectParams['releasePaused'] => {
    assertEvent(event, 'RELEASE_PAUSED')
    return { runId: event.runId }
  },
} as const

/** What was not released before the undo is not released after it. */
export const dropRelease = {
  type: 'dropRelease',
  params: ({ context }: Args): EffectParams['dropRelease'] => {
    if (context.undo === null) throw new Error('an undo needs a restore to undo')
    return { runId: context.undo.runId }
  },
} as const

export const reportRelease = {
  type: 'reportRelease',
  params: ({ event }: Args): EffectParams['reportRelease'] => {
    assertEvent(event, ['PAUSED_RELEASED', 'RELEASE_FAILED'])
    return { runId: event.runId }
  },
} as const

export const addWatcher = {
  type: 'addWatcher',
  params: ({ event }: Args): EffectParams['addWatcher'] => ({ userId: person(event) }),
} as const

function person(event: Args['event']): string {
  const userId = senderId(event)
  if (userId === null) throw new Error(`${event.type} is sent by people only`)
  return userId
}
