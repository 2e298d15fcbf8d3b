import { z } from 'zod'
import { locales, stepUpMethods } from './actor.ts'
import { scopes, versionedPolicySchema } from './policy/policy.ts'
import { jsonValueSchema, refusalSchema } from './refusal.ts'

const id = z.uuid()
const instant = z.iso.datetime({ offset: true })
/** What neither JSON nor PostgreSQL can keep is refused at the edge: NUL, and halves of a surrogate pair. */
const text = z
  .string()
  .trim()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))
const reason = text.max(10_000)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const digest = z.string().min(1).max(200)
const timer = <T extends string>(name: T) => ({ timer: z.literal(name), due: instant })
const plan = { plan: text, paid: z.boolean(), checkedAt: instant }

/** When the owner lets it happen: now, or between two instants, and what becomes of a run that has not committed by then (S54). */
export const windowSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('now') }),
  z.object({ kind: z.literal('at'), at: instant, until: instant, timeZone: text, atEnd: z.enum(['abort', 'go_on']) }),
])
export type RestoreWindow = z.infer<typeof windowSchema>

export const consentMethods = [...stepUpMethods, 'recorded_proof'] as const
export type ConsentMethod = (typeof consentMethods)[number]

/** The owner's yes: to this preview and digest, proved thus, in these words. */
const consent = {
  previewId: id,
  digest,
  method: z.enum(consentMethods),
  typedName: z.string().max(500),
  shownText: z.string().max(50_000),
  locale: z.enum(locales),
}
const preview = { previewId: id, digest }
const counts = z.record(z.string(), jsonValueSchema)
const rows = z.int().min(0)
/** How many outbound actions came back paused (S69). */
const paused = rows

/** What kind of failure ended a run; each has words. `refused` carries the engine's own refusal. */
export const failureKinds = [
  'error',
  'refused',
  'disk_full',
  'verification',
  'unproved',
  'safety_copy',
  'carry_over',
  'window_ended',
  'portal_unreachable',
  'blocked',
] as const
const failure = { runId: id, kind: z.enum(failureKinds), detail: z.string().max(10_000), refusal: refusalSchema.optional() }

/** Everything that can happen to a ticket. Facts from outside (a plan, a digest, who still approves) arrive inside the event. */
export const ticketEventSchema = z.discriminatedUnion('type', [
  // opening
  z.object({
    type: z.literal('OPEN_TICKET'),
    portalId: id,
    userCount: z.int().min(0),
    scope: z.enum(scopes),
    snapshot: z.object({ id, completedAt: instant }),
    ...preview,
    requesterId: id,
    ownerId: id,
    subject: text.max(200),
    reason,
    incidentAt: instant.nullable(),
    /** S8: how many of the missing records the requester deleted, where the portal can tell. A fact, never a block. */
    deletedByRequester: z.int().min(0).nullable(),
    policy: versionedPolicySchema,
  }),
  z.object({ type: z.literal('CHECKS_PASSED') }),
  z.object({ type: z.literal('CHECKS_REFUSED'), refusal: refusalSchema }),
  /** S39, S40: somebody wanted the same, or more; what they wrote and which scope they wanted. */
  z.object({ type: z.literal('JOIN_TICKET'), reason: reason.optional(), scope: z.enum(scopes).optional() }),

  // the owner
  z.object({ type: z.literal('GIVE_CONSENT'), ...consent, window: windowSchema }),
  z.object({ type: z.literal('WITHDRAW_CONSENT'), reason: reason.optional() }),
  z.object({ type: z.literal('REFRESH_PREVIEW'), ...preview }),
  z.object({ type: z.literal('CHOOSE_SNAPSHOT'), snapshot: z.object({ id, completedAt: instant }), ...preview }),
  // What was seen stands in `proofs`, for the same reason as messages do.
  z.object({ type: z.literal('RECORD_PROOF'), proofId: id, kind: text.max(100), evidenceSha256: sha256 }),
  z.object({ type: z.literal('CONFIRM_PROOF'), proofId: id }),
  z.object({ type: z.literal('OWNER_CHANGED'), ownerId: id, since: instant }),
  z.object({ type: z.literal('REPORT_NOT_ME'), reason: reason.optional() }),
  z.object({ type: z.literal('LIFT_FREEZE'), reason }),
  z.object({ type: z.literal('CANCEL_TICKET'), reason: reason.optional() }),

  // the plan
  z.object({ type: z.literal('PLAN_CHECKED'), ...plan }),
  z.object({ type: z.literal('CHECK_PLAN_AGAIN') }),

  // the desk
  z.object({ type: z.literal('APPROVE_RESTORE'), digest, method: z.enum(stepUpMethods), reason: reason.optional() }),
  z.object({ type: z.literal('REJECT_RESTORE'), digest, method: z.enum(stepUpMethods), reason }),
  z.object({ type: z.literal('REJECT_TICKET'), reason }),
  z.object({ type: z.literal('EXTEND_HOLD'), reason }),
  z.object({ type: z.literal('CLAIM_TICKET') }),
  z.object({ type: z.literal('ASSIGN_TICKET'), assigneeId: id }),
  z.object({ type: z.literal('RELEASE_TICKET') }),
  // The words stand in `messages`, where notes are hidden from customers and can be erased; the log keeps their fingerprint.
  z.object({ type: z.literal('REPLY'), messageId: id, bodySha256: sha256 }),
  z.object({ type: z.literal('ADD_NOTE'), messageId: id, bodySha256: sha256 }),

  // the run
  z.object({
    type: z.literal('BEGIN_RESTORE'),
    ...timer('windowOpens'),
    runId: id,
    ...plan,
    /** Voters who may still approve: a vote of anybody else no longer counts (S81). */
    approverIds: z.array(id),
  }),
  z.object({
    type: z.literal('CONSENT_STALE'),
    runId: id,
    ...preview,
    grownBy: counts.optional(),
    /** What had moved since the consent: more would be lost, or a put-back has something in its way. */
    because: refusalSchema.optional(),
  }),
  z.object({
    type: z.literal('RUN_SUCCEEDED'),
    runId: id,
    /** What an undo goes back to; an extract, which changes nothing, has none and says until when its files are kept. */
    safetySnapshotId: id.optional(),
    filesUntil: instant.optional(),
    counts: counts.optional(),
    paused: paused.optional(),
  }),
  z.object({ type: z.literal('RUN_FAILED'), ...failure }),
  z.object({ type: z.literal('RUN_CANCELLED'), runId: id }),
  z.object({ type: z.literal('CANCEL_RUN'), reason: reason.optional() }),
  z.object({ type: z.literal('RETRY_RESTORE') }),

  // afterwards
  z.object({ type: z.literal('CONFIRM_RESTORED') }),
  z.object({ type: z.literal('REQUEST_UNDO'), ...consent, runId: id }),
  z.object({
    type: z.literal('UNDO_SUCCEEDED'),
    runId: id,
    safetySnapshotId: id.optional(),
    counts: counts.optional(),
    paused: paused.optional(),
  }),
  z.object({ type: z.literal('UNDO_FAILED'), ...failure }),
  /** S69: what came back paused is to go out after all; `actions` is how many the owner was shown. */
  z.object({ type: z.literal('RELEASE_PAUSED'), runId: id, actions: z.int().min(1) }),
  z.object({ type: z.literal('LEAVE_PAUSED'), runId: id }),
  /** `changed` and `gone` since, and left as they are. */
  z.object({ type: z.literal('PAUSED_RELEASED'), runId: id, released: rows, changed: rows, gone: rows }),
  /** Nothing was released; only when `unproved` is that not certain. */
  z.object({ type: z.literal('RELEASE_FAILED'), runId: id, detail: z.string().max(10_000), unproved: z.boolean() }),
  z.object({ type: z.literal('OPEN_COMPLAINT'), reason }),
  z.object({ type: z.literal('RESOLVE_COMPLAINT'), reason }),
  z.object({ type: z.literal('CLOSE_TICKET'), reason: reason.optional() }),

  // timers: `due` is the instant the timer was set for, so that one that no longer counts is recognised
  z.object({ type: z.literal('REMIND_OWNER'), timer: z.enum(['ownerReminder1', 'ownerReminder2']), due: instant }),
  z.object({ type: z.literal('EXPIRE_TICKET'), timer: z.enum(['ownerExpiry', 'upgradeExpiry']), due: instant }),
  z.object({ type: z.literal('ESCALATE_APPROVAL'), ...timer('approvalEscalation') }),
  z.object({ type: z.literal('DENY_UNANSWERED'), ...timer('approvalDenial') }),
  z.object({ type: z.literal('EXPIRE_CONSENT'), ...timer('consentExpiry') }),
  z.object({ type: z.literal('WARN_HOLD'), timer: z.enum(['holdWarning24', 'holdWarning6', 'holdWarning1']), due: instant }),
  z.object({ type: z.literal('END_HOLD'), ...timer('holdEnd') }),
  z.object({ type: z.literal('END_UNDO_WINDOW'), ...timer('undoEnd') }),
  z.object({ type: z.literal('END_DOWNLOAD'), ...timer('filesEnd') }),
])
export type TicketEvent = z.infer<typeof ticketEventSchema>
export type EventType = TicketEvent['type']
export type EventOf<T extends EventType> = Extract<TicketEvent, { type: T }>
