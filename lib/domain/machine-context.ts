import type { LoggedActor, StepUpMethod } from './actor.ts'
import type { ConsentMethod, EventOf, EventType, RestoreWindow, TicketEvent } from './events.ts'
import type { Instant } from './instants.ts'
import type { Scope, VersionedPolicy } from './policy/policy.ts'
import type { Refusal } from './refusal.ts'

/** The states of a ticket, in the order of its life. */
export const ticketStates = [
  'submitted',
  'verifyingOwner',
  'checkingPlan',
  'awaitingUpgrade',
  'awaitingApproval',
  'scheduled',
  'restoring',
  'restored',
  'undoing',
  'undone',
  'restoreFailed',
  'closed',
  'rejected',
  'cancelled',
  'expired',
] as const
export type TicketState = (typeof ticketStates)[number]

/** Past these nothing more happens to the portal. */
export const endStates = ['undone', 'closed', 'rejected', 'cancelled', 'expired'] as const satisfies readonly TicketState[]
export const isEnd = (state: TicketState): boolean => endStates.some((end) => end === state)

export type Snapshot = { id: string; completedAt: Instant }
export type Preview = { previewId: string; digest: string }
export type Consent = Preview & { ownerId: string; method: ConsentMethod; window: RestoreWindow; givenAt: Instant }
export type CastVote = { approverId: string; digest: string; method: StepUpMethod; at: Instant }
export type Plan = { plan: string; paid: boolean; checkedAt: Instant }
/** `stop` says why a cancel was asked for, which decides where the ticket goes when the run has stopped. */
export type LiveRun = { runId: string; kind: 'restore' | 'undo'; beganAt: Instant; stop: null | 'cancelled' | 'consentGone' }
export type Failure = { kind: EventOf<'RUN_FAILED'>['kind'] | 'cancelled'; detail: string; refusal: Refusal | null; at: Instant }

/** All that the machine remembers of a ticket. Replaying the log rebuilds it (I11), so nothing in it comes from elsewhere. */
export type TicketContext = {
  portalId: string
  userCount: number
  scope: Scope
  snapshot: Snapshot
  preview: Preview
  requesterId: string
  ownerId: string
  /** When the present owner became it, once that changed during the ticket's life (S6). */
  ownerSince: Instant | null
  assigneeId: string | null
  /** Everybody who ever worked on it for the desk: none of them may approve it (R9, S79). */
  handlerIds: string[]
  /** The policy it was opened under. */
  policy: VersionedPolicy
  /** When the present waiting began; what reminders and expiries count from. */
  waitingSince: Instant
  /** Timers that went off already, by the instant they were set for. */
  fired: Partial<Record<TimerName, Instant>>
  hold: { until: Instant; extended: boolean; ended: boolean }
  consent: Consent | null
  proof: { proofId: string; kind: string; recordedBy: string; confirmedBy: string | null } | null
  plan: Plan | null
  votes: CastVote[]
  run: LiveRun | null
  failure: Failure | null
  undo: { runId: string; safetySnapshotId: string; restoredAt: Instant; until: Instant } | null
  complaint: { openedAt: Instant } | null
  /** "This was not me": nothing destructive until the desk has looked (S7). */
  frozen: { since: Instant; reason: string | null } | null
}

export const timerNames = [
  'ownerReminder1',
  'ownerReminder2',
  'ownerExpiry',
  'upgradeExpiry',
  'approvalEscalation',
  'approvalDenial',
  'consentExpiry',
  'windowOpens',
  'holdWarning24',
  'holdWarning6',
  'holdWarning1',
  'holdEnd',
  'undoEnd',
] as const
export type TimerName = (typeof timerNames)[number]

/** An event with the two things the door adds: when it happened on the database's clock, and who sent it. */
type Stamp = { at: Instant; by: LoggedActor }
type Stamped<E> = E extends TicketEvent ? E & Stamp : never
export type StampedEvent = Stamped<TicketEvent>
export type StampedEventOf<T extends EventType> = Extract<StampedEvent, { type: T }>

/** The person who sent it, or null for a part of the system. */
export function senderId(event: Stamp): string | null {
  return event.by.kind === 'person' ? event.by.userId : null
}
