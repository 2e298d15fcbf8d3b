import { z } from 'zod'
import { type LoggedActor, stepUpMethods } from './actor.ts'
import { consentMethods, type EventType, failureKinds, type TicketEvent, windowSchema } from './events.ts'
import type { Instant } from './instants.ts'
import { scopes, versionedPolicySchema } from './policy/policy.ts'
import { refusalSchema } from './refusal.ts'

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

/** Past these nothing more happens to the portal, but that its owner may still release what an undo brought back paused (S69). */
export const endStates = ['undone', 'closed', 'rejected', 'cancelled', 'expired'] as const satisfies readonly TicketState[]
export const isEnd = (state: TicketState): boolean => endStates.some((end) => end === state)

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
  'filesEnd',
] as const
export type TimerName = (typeof timerNames)[number]

const id = z.uuid()
const instant = z.iso.datetime({ offset: true })
const preview = z.object({ previewId: id, digest: z.string() })

const consent = preview.extend({ ownerId: id, method: z.enum(consentMethods), window: windowSchema, givenAt: instant })
const vote = z.object({ approverId: id, digest: z.string(), method: z.enum(stepUpMethods), at: instant })
/** `stop` says why a cancel was asked for, which decides where the ticket goes when the run has stopped. */
const run = z.object({
  runId: id,
  kind: z.enum(['restore', 'undo']),
  beganAt: instant,
  stop: z.enum(['cancelled', 'consentGone']).nullable(),
})
const failure = z.object({
  kind: z.enum([...failureKinds, 'cancelled']),
  detail: z.string(),
  refusal: refusalSchema.nullable(),
  at: instant,
})

/** `left`: the owner looked and lets them be, and may still think otherwise. */
const paused = z.object({
  runId: id,
  actions: z.int(),
  release: z.enum(['open', 'left', 'asked', 'released', 'failed']),
  released: z.object({ released: z.int(), changed: z.int(), gone: z.int() }).nullable(),
  unproved: z.boolean(),
})

/** All that the machine remembers of a ticket. Replaying the log rebuilds it (I11), so nothing in it comes from elsewhere. */
export const ticketContextSchema = z.object({
  portalId: id,
  userCount: z.int(),
  scope: z.enum(scopes),
  snapshot: z.object({ id, completedAt: instant }),
  preview,
  requesterId: id,
  ownerId: id,
  /** When the present owner became it, once that changed during the ticket's life (S6). */
  ownerSince: instant.nullable(),
  assigneeId: id.nullable(),
  /** Everybody who ever worked on it for the desk: none of them may approve it (R9, S79). */
  handlerIds: z.array(id),
  /** The policy it was opened under. */
  policy: versionedPolicySchema,
  /** S8: a fact that owner and approver are shown. */
  deletedByRequester: z.int().nullable(),
  /** When the present waiting began; what reminders and expiries count from. */
  waitingSince: instant,
  /** When somebody last wrote. */
  lastWordAt: instant,
  /** Timers that went off already, by the instant they were set for. */
  fired: z.partialRecord(z.enum(timerNames), instant),
  hold: z.object({ until: instant, extended: z.boolean(), ended: z.boolean() }),
  consent: consent.nullable(),
  proof: z.object({ proofId: id, kind: z.string(), recordedBy: id, confirmedBy: id.nullable() }).nullable(),
  plan: z.object({ plan: z.string(), paid: z.boolean(), checkedAt: instant }).nullable(),
  votes: z.array(vote),
  run: run.nullable(),
  failure: failure.nullable(),
  undo: z.object({ runId: id, safetySnapshotId: id, restoredAt: instant, until: instant }).nullable(),
  /** An extract: until when its files can be downloaded. */
  files: z.object({ until: instant }).nullable().default(null),
  /** S69: outbound actions that the last restore (or its undo) brought back paused, and what the owner has decided about them. */
  paused: paused.nullable().default(null),
  complaint: z.object({ openedAt: instant }).nullable(),
  /** "This was not me": nothing destructive until the desk has looked (S7). */
  frozen: z.object({ since: instant, reason: z.string().nullable() }).nullable(),
})
export type TicketContext = z.infer<typeof ticketContextSchema>
export type PausedActions = z.infer<typeof paused>
export type LiveRun = z.infer<typeof run>

/** An event with the two things the door adds: when it happened on the database's clock, and who sent it. */
type Stamp = { at: Instant; by: LoggedActor }
type Stamped<E> = E extends TicketEvent ? E & Stamp : never
export type StampedEvent = Stamped<TicketEvent>
export type StampedEventOf<T extends EventType> = Extract<StampedEvent, { type: T }>

/** The person who sent it, or null for a part of the system. */
export function senderId(event: Stamp): string | null {
  return event.by.kind === 'person' ? event.by.userId : null
}
