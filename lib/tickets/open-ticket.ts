import { and, eq, notInArray } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { portals, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, loggedActor, type Person } from '#lib/domain/actor.ts'
import type { EventOf } from '#lib/domain/events.ts'
import type { StampedEventOf } from '#lib/domain/machine-context.ts'
import { isPermitted } from '#lib/domain/permissions.ts'
import { type Scope, scopes, type VersionedPolicy } from '#lib/domain/policy/policy.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { holdLimit, r2Retention } from '#lib/domain/policy/r2-retention.ts'
import { r3Scopes } from '#lib/domain/policy/r3-scopes.ts'
import { r5AllUsers } from '#lib/domain/policy/r5-all-users.ts'
import { previewFits, r6Loss } from '#lib/domain/policy/r6-loss.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { deny, firstRefusal, type Verdict } from '#lib/domain/policy/verdict.ts'
import { no, type Refusal, refusalSchema, refuse } from '#lib/domain/refusal.ts'
import { begin } from '#lib/domain/ticket-life.ts'
import { endMassDeletions } from '#lib/snapshots/mass-deletion.ts'
import { countHeldSnapshots } from '#lib/snapshots/place-hold.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'
import { dispatchedSchema, dispatchIn } from './dispatch.ts'
import { portalFacts, previewFacts, snapshotFacts, statesOutOfTheWay } from './facts.ts'
import { once } from './idempotency.ts'
import { portalAbilities } from './portal-scopes.ts'
import { recordOpening } from './record-step.ts'
import { ownerOf, standingOf } from './standing.ts'
import { columnsOf } from './ticket-row.ts'
import { asRefusal } from './violations.ts'

const text = z
  .string()
  .trim()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))

export const openTicketInput = z.object({
  portalId: z.uuid(),
  scope: z.enum(scopes),
  snapshotId: z.uuid(),
  previewId: z.uuid(),
  subject: text.max(200),
  reason: text.max(10_000),
  incidentAt: z.iso.datetime({ offset: true }).nullable().default(null),
  /** R5: whose data alone is wanted, where the form was filled in so. */
  onlyForPerson: text.max(200).nullable().default(null),
  /** S8: how many of the missing records the requester deleted, where the portal can tell. */
  deletedByRequester: z.int().min(0).nullable().default(null),
  idempotencyKey: z.string().min(1).max(200).optional(),
})
export type OpenTicketInput = z.input<typeof openTicketInput>

const openedSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), joined: z.boolean(), ticket: dispatchedSchema.options[0].shape.ticket }),
  z.object({ ok: z.literal(false), refusal: refusalSchema }),
])
export type Opened = z.infer<typeof openedSchema>

/**
 * Opens a ticket for the person who asks, with its snapshot held in the same commit (I10). When the portal has a live ticket already,
 * the person joins that one as a watcher (`joined`, S39). A no of the rules opens nothing: R8 answers at once, R2, R3, R5 and R6 too.
 */
export async function openTicket(db: Db, actor: Person, input: OpenTicketInput): Promise<Opened> {
  const { idempotencyKey: key, ...asked } = openTicketInput.parse(input)
  const { scopes: can } = await portalAbilities(db, asked.portalId)
  try {
    return await scoped(db, actorKey(actor), (tx) =>
      once(tx, { actor, key, request: { type: 'OPEN_TICKET', ...asked }, schema: openedSchema }, () =>
        open(tx, actor, asked, can),
      ),
    )
  } catch (error) {
    return no(asRefusal(error))
  }
}

type Asked = Omit<z.output<typeof openTicketInput>, 'idempotencyKey'>

async function open(tx: Tx, actor: Person, asked: Asked, can: readonly Scope[]): Promise<Opened> {
  // Those who open for one portal at the same time come one after the other; the partial unique index stands behind this.
  const [portal] = await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, asked.portalId)).for('no key update')
  if (!portal) return no(refuse('not_found'))
  if (!isPermitted('OPEN_TICKET', await standingOf(tx, actor, portal.id, null)))
    return no(refuse('not_allowed', { event: 'OPEN_TICKET' }))
  const policy = await currentPolicy(tx)
  const asking = await askingVerdicts(tx, asked, can, policy)
  const unasked = firstRefusal(asking)
  if (unasked !== null) return no(unasked)
  const live = await liveTicket(tx, portal.id)
  if (live !== null) return join(tx, actor, live, asked)
  const composed = await compose(tx, actor, asked, policy)
  return 'refusal' in composed ? no(composed.refusal) : write(tx, composed.event, [...asking, ...composed.verdicts])
}

/** What can be said of the portal and the wish, before any restore point is looked at. */
async function askingVerdicts(tx: Tx, asked: Asked, can: readonly Scope[], policy: VersionedPolicy): Promise<Verdict[]> {
  const portal = await portalFacts(tx, asked.portalId)
  if (portal === null) return [deny('not_found', null, policy)]
  return [
    r8SelfHosted(portal, policy),
    portalStatus(portal, policy),
    r3Scopes({ ...asked, can }, policy),
    r5AllUsers(asked, policy),
  ]
}

async function liveTicket(tx: Tx, portalId: string) {
  const [live] = await tx
    .select({ id: tickets.id, number: tickets.number, requesterId: tickets.requesterId })
    .from(tickets)
    .where(and(eq(tickets.portalId, portalId), notInArray(tickets.state, [...statesOutOfTheWay])))
  return live ?? null
}

/** S39, S40: the second one joins the first, with what they wanted as a word on it; consent and approval of the first stay its own. */
async function join(
  tx: Tx,
  actor: Person,
  live: { id: string; requesterId: string },
  { portalId, reason, scope }: Asked,
): Promise<Opened> {
  const event: EventOf<'JOIN_TICKET'> = { type: 'JOIN_TICKET', reason, scope }
  const joined = await dispatchIn(tx, actor, { ticketId: live.id, event })
  if (!joined.ok) return joined
  await endMassDeletions(tx, portalId)
  return { ok: true, joined: true, ticket: joined.ticket }
}

type Composed = { event: StampedEventOf<'OPEN_TICKET'>; verdicts: Verdict[] } | { refusal: Refusal }

async function compose(tx: Tx, actor: Person, asked: Asked, policy: VersionedPolicy): Promise<Composed> {
  const at = await databaseNow(tx)
  const { portalId, scope, snapshotId, previewId, subject, reason, incidentAt, deletedByRequester } = asked
  const snapshot = await snapshotFacts(tx, portalId, snapshotId)
  const preview = await previewFacts(tx, portalId, previewId)
  if (snapshot === null || preview === null) return { refusal: refuse('not_found') }
  const verdicts = [
    r2Retention({ ...snapshot, held: false, now: at }, policy),
    r6Loss(preview, policy),
    previewFits(preview, { purpose: 'restore', scope, snapshotId }, policy),
    holdLimit({ openHolds: await countHeldSnapshots(tx, portalId) }, policy),
  ]
  const refusal = firstRefusal(verdicts)
  if (refusal !== null) return { refusal }
  const owner = await ownerOf(tx, portalId)
  if (owner === null) return { refusal: refuse('no_owner', {}, 'R4', policy.version) }
  const portal = await portalFacts(tx, portalId)
  if (snapshot.completedAt === null || preview.digest === null || portal === null)
    throw new Error('rules let an unfinished preview pass')
  const event: StampedEventOf<'OPEN_TICKET'> = {
    type: 'OPEN_TICKET',
    portalId,
    userCount: portal.userCount,
    scope,
    previewId,
    digest: preview.digest,
    snapshot: {
      id: snapshotId,
      completedAt: snapshot.completedAt,
    },
    requesterId: actor.userId,
    ownerId: owner.userId,
    subject,
    reason,
    incidentAt,
    deletedByRequester,
    policy,
    at,
    by: loggedActor(actor),
  }
  return { event, verdicts }
}

async function write(tx: Tx, event: StampedEventOf<'OPEN_TICKET'>, verdicts: Verdict[]): Promise<Opened> {
  const step = begin(event)
  const { portalId, scope, requesterId, subject, reason, incidentAt } = event
  const [row] = await tx
    .insert(tickets)
    .values({
      ...columnsOf(step, event.at),
      portalId,
      scope,
      requesterId,
      subject,
      reason,
      version: 1,
      policyVersion: event.policy.version,
      incidentAt: incidentAt === null ? null : new Date(incidentAt),
      openedAt: new Date(event.at),
    })
    .returning({ id: tickets.id, number: tickets.number })
  if (!row) throw new Error('an inserted ticket did not come back')
  await endMassDeletions(tx, portalId)
  const ticket = await recordOpening(tx, { ticket: { ...row, portalId, version: 1 }, event, verdicts, step })
  return { ok: true, joined: false, ticket }
}
