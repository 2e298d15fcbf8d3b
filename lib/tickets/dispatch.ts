import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { logEntries, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type Actor, actorKey, loggedActor } from '#lib/domain/actor.ts'
import { type EventType, type TicketEvent, ticketEventSchema } from '#lib/domain/events.ts'
import type { Instant } from '#lib/domain/instants.ts'
import { judge } from '#lib/domain/judge.ts'
import { judgeFacts } from '#lib/domain/judge-facts.ts'
import { type StampedEvent, type TicketContext, ticketStates } from '#lib/domain/machine-context.ts'
import { isPermitted, type Party, permissionOf } from '#lib/domain/permissions.ts'
import { r13FreshHands } from '#lib/domain/policy/r13-fresh-hands.ts'
import { deny, firstRefusal, type Verdict } from '#lib/domain/policy/verdict.ts'
import { type JsonValue, no, type Refusal, refusalSchema, refuse } from '#lib/domain/refusal.ts'
import { accepts, proceed, type TicketLife } from '#lib/domain/ticket-life.ts'
import { databaseNow } from './database-clock.ts'
import { factsOf } from './facts.ts'
import { once } from './idempotency.ts'
import { recordRefusal, recordStep } from './record-step.ts'
import { standingOf } from './standing.ts'
import { lifeOf } from './ticket-row.ts'
import { asRefusal } from './violations.ts'

export const dispatchedSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    ticket: z.object({ id: z.uuid(), number: z.int(), state: z.enum(ticketStates), version: z.int() }),
  }),
  z.object({ ok: z.literal(false), refusal: refusalSchema }),
])
export type Dispatched = z.infer<typeof dispatchedSchema>

/** What a composed event may be made from: the ticket under its lock. */
export type Scene = { ticket: typeof tickets.$inferSelect; life: TicketLife; parties: ReadonlySet<Party>; at: Instant }

/** An event that is written under the ticket's lock, from what was asked for. `request` is what an idempotency key stands for (I7). */
export type Composed = {
  type: EventType
  request: JsonValue
  compose: (tx: Tx, scene: Scene) => Promise<TicketEvent | { refusal: Refusal }>
  /** Rows that belong to the event but not into the log; written when it was taken. */
  alongside?: (tx: Tx, scene: Scene) => Promise<void>
}

export type DispatchInput = {
  ticketId: string
  event: TicketEvent | Composed
  /** The version that the sender saw; another one in the meantime, and nothing is done (S43). */
  expectedVersion?: number | undefined
  idempotencyKey?: string | undefined
}

/**
 * The one door: everything that happens to a ticket goes through here, and nothing else writes a ticket's state (I12). In one
 * transaction: lock the row, then decide by standing, state and rules, then write row, log entry, effects and timers together.
 * A no is returned with its rule and facts, and is in the log; a ticket that this actor does not see is `not_found` (I8).
 */
export async function dispatch(db: Db, actor: Actor, input: DispatchInput): Promise<Dispatched> {
  const request = 'compose' in input.event ? { type: input.event.type, request: input.event.request } : input.event
  const asked = { ticketId: input.ticketId, expectedVersion: input.expectedVersion ?? null, event: request }
  try {
    return await scoped(db, actorKey(actor), (tx) =>
      once(tx, { actor, key: input.idempotencyKey, request: asked, schema: dispatchedSchema }, () =>
        dispatchIn(tx, actor, input),
      ),
    )
  } catch (error) {
    return no(asRefusal(error))
  }
}

/** The same within a transaction that the caller opened in the actor's scope; a violated guard of the database is thrown. */
export async function dispatchIn(
  tx: Tx,
  actor: Actor,
  { ticketId, event: asked, expectedVersion }: DispatchInput,
): Promise<Dispatched> {
  const [ticket] = await tx.select().from(tickets).where(eq(tickets.id, ticketId)).for('update')
  if (!ticket) return no(refuse('not_found'))
  // After the lock: waiting for it takes time, and a deadline may pass meanwhile.
  const at = await databaseNow(tx)
  if (expectedVersion !== undefined && expectedVersion !== ticket.version) return no(await conflict(tx, ticket, expectedVersion))
  const life = lifeOf(ticket)
  const parties = await standingOf(tx, actor, ticket.portalId, ticket)
  const scene = { ticket, life, parties, at }

  if (!isPermitted(asked.type, parties)) return no(refuse('not_allowed', { event: asked.type }))
  if (!accepts(life.state, asked.type)) return no(await notNow(tx, scene, asked.type))
  const composed = 'compose' in asked ? await asked.compose(tx, scene) : asked
  if ('refusal' in composed && !('type' in composed)) return no(composed.refusal)
  const event: StampedEvent = { ...ticketEventSchema.parse(composed), at, by: loggedActor(actor) }

  const verdicts = [
    ...freshHands(actor, event, life.context),
    ...judge(life.context, event),
    ...judgeFacts(life, event, await factsOf(tx, ticket, event)),
  ]
  const refusal = firstRefusal(verdicts)
  if (refusal !== null) {
    await recordRefusal(tx, { ticket, life, event, verdicts, refusal })
    return no(refusal)
  }
  const step = proceed(life, event)
  if (step === null) return no(await notNow(tx, scene, event.type))
  if ('compose' in asked) await asked.alongside?.(tx, scene)
  return { ok: true, ticket: await recordStep(tx, { ticket, life, event, verdicts, step }) }
}

/** R13: consent and votes need a second step taken lately by this person; what the event claims is what the session proved. */
function freshHands(actor: Actor, event: StampedEvent, context: TicketContext): Verdict[] {
  if (actor.kind !== 'person' || !permissionOf(event.type).freshStep) return []
  // A proof by two agents stands in for the owner's second step; judge.ts asks whether it is confirmed.
  if ('method' in event && event.method === 'recorded_proof') return []
  const fresh = r13FreshHands({ stepUp: actor.stepUp, now: event.at }, context.policy)
  if (!fresh.allowed || !('method' in event) || event.method === actor.stepUp?.method) return [fresh]
  return [deny('step_up_needed', 'R13', context.policy, { method: event.method })]
}

/** S43, S46: what happened since the version the sender saw, so that they see who moved what. */
async function conflict(tx: Tx, ticket: Scene['ticket'], expected: number): Promise<Refusal> {
  const entries = await tx
    .select({
      version: logEntries.version,
      event: logEntries.event,
      actor: logEntries.actor,
      at: logEntries.at,
      refusal: logEntries.refusal,
    })
    .from(logEntries)
    .where(eq(logEntries.ticketId, ticket.id))
    .orderBy(desc(logEntries.seq))
    .limit(20)
  const since = entries.filter((entry) => entry.version > expected && entry.refusal === null).map(told)
  return refuse('version_conflict', { expected, actual: ticket.version, state: ticket.state, since: since.reverse() })
}

/** S44: the state does not take this event, and what last happened says why. */
async function notNow(tx: Tx, { ticket }: Scene, event: EventType): Promise<Refusal> {
  const [last] = await tx
    .select({ version: logEntries.version, event: logEntries.event, actor: logEntries.actor, at: logEntries.at })
    .from(logEntries)
    .where(eq(logEntries.ticketId, ticket.id))
    .orderBy(desc(logEntries.seq))
    .limit(1)
  return refuse('not_now', { event, state: ticket.state, last: last ? told(last) : null })
}

const who = z.object({ userId: z.uuid().nullable().default(null) })
const what = z.object({ type: z.string() })

function told(entry: { event: unknown; actor: unknown; at: Date }): { event: string; userId: string | null; at: string } {
  return { event: what.parse(entry.event).type, userId: who.parse(entry.actor).userId, at: entry.at.toISOString() }
}
