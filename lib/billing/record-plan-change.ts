import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { billingAccounts, billingEvents, portals, tickets } from '#db/schema/index.ts'
import type { TicketState } from '#lib/domain/machine-context.ts'
import type { BillingEvent } from './port.ts'

export type Recorded = { outcome: 'applied' | 'stale' | 'ignored' | 'duplicate'; ticketsMoved: number }

/**
 * Writes one billing event, once, in the caller's transaction (scope `system`). A doubled event changes nothing, one that is
 * older than what is known is kept but not applied, one about nobody we know is kept (S23). The portal's live tickets are looked
 * at again by a job each, which asks for the plan as it is then: that is how a waiting ticket goes on by itself (S17).
 */
export async function recordPlanChange(tx: Tx, provider: 'manual' | 'demo', event: BillingEvent): Promise<Recorded> {
  const [seen] = await tx.select({ id: billingEvents.id }).from(billingEvents).where(eq(billingEvents.id, event.id))
  if (seen) return { outcome: 'duplicate', ticketsMoved: 0 }
  const [portal] = await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, event.portalId))
  const outcome = portal ? await apply(tx, provider, event) : 'ignored'
  const liveTickets = outcome === 'applied' ? await liveTicketsOf(tx, event.portalId) : []
  const written = await tx
    .insert(billingEvents)
    .values({
      id: event.id,
      provider,
      portalId: portal?.id ?? null,
      type: event.type,
      occurredAt: new Date(event.occurredAt),
      payload: event,
      outcome,
      ticketsMoved: liveTickets.length,
    })
    .onConflictDoNothing()
    .returning({ id: billingEvents.id })
  if (written.length === 0) return { outcome: 'duplicate', ticketsMoved: 0 }
  for (const { id } of liveTickets) await lookAgain(tx, id)
  return { outcome, ticketsMoved: liveTickets.length }
}

/** Has the plan asked for again, now, for one ticket; the same job, by the same key, as the one the door puts in. */
export async function lookAgain(tx: Tx, ticketId: string): Promise<void> {
  await tx.execute(
    sql`select enqueue_job('checkPlan', json_build_object('ticketId', ${ticketId}::text), null, ${`ticket:${ticketId}:plan`})`,
  )
}

/** States in which a change of plan moves the ticket, or is at least remembered with it (S18, S20). */
const statesWithPlan: TicketState[] = [
  'checkingPlan',
  'awaitingUpgrade',
  'awaitingApproval',
  'scheduled',
  'restoring',
  'restored',
]

async function liveTicketsOf(tx: Tx, portalId: string): Promise<{ id: string }[]> {
  return tx
    .select({ id: tickets.id })
    .from(tickets)
    .where(and(eq(tickets.portalId, portalId), inArray(tickets.state, statesWithPlan)))
}

/** Guarded by the row: of two events that come at once, the one that became so later stays. */
async function apply(tx: Tx, provider: 'manual' | 'demo', event: BillingEvent): Promise<'applied' | 'stale'> {
  const known = { provider, plan: event.plan, paid: event.paid, asOf: new Date(event.occurredAt), updatedAt: sql`now()` }
  const changed = await tx
    .insert(billingAccounts)
    .values({ portalId: event.portalId, ...known })
    .onConflictDoUpdate({ target: billingAccounts.portalId, set: known, setWhere: sql`excluded.as_of > ${billingAccounts.asOf}` })
    .returning({ portalId: billingAccounts.portalId })
  if (changed.length === 0) return 'stale'
  await tx.update(portals).set({ plan: event.plan, updatedAt: sql`now()` }).where(eq(portals.id, event.portalId))
  return 'applied'
}
