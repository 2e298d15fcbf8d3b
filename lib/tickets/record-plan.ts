import { and, eq, notInArray } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { PlanFact } from '#lib/billing/port.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { endStates } from '#lib/domain/machine-context.ts'
import { type Dispatched, dispatch } from './dispatch.ts'

/**
 * Tells what billing says of a portal to all of its tickets that are not over: a waiting one goes on by itself (S17), an agreed one goes
 * back to its upgrade step (S20). Older than what a ticket knows, it changes nothing (S23). Returns how many tickets changed their state.
 */
export async function recordPlan(
  db: Db,
  { portalId, ...plan }: PlanFact & { portalId: string },
): Promise<{ ticketsMoved: number }> {
  const open = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: tickets.id, state: tickets.state })
      .from(tickets)
      .where(and(eq(tickets.portalId, portalId), notInArray(tickets.state, [...endStates]))),
  )
  let ticketsMoved = 0
  for (const { id, state } of open) {
    const told = await recordPlanOf(db, id, plan)
    if (told.ok && told.ticket.state !== state) ticketsMoved += 1
  }
  return { ticketsMoved }
}

/** Asks billing now and tells one ticket (R7: never a cached copy). Throws when billing cannot be reached: not knowing is not a no. */
export async function checkPlan(
  db: Db,
  { ticketId }: { ticketId: string },
  planOf: (portalId: string) => Promise<PlanFact>,
): Promise<Dispatched | null> {
  const [ticket] = await scoped(db, 'system', (tx) =>
    tx.select({ portalId: tickets.portalId }).from(tickets).where(eq(tickets.id, ticketId)),
  )
  return ticket ? recordPlanOf(db, ticketId, await planOf(ticket.portalId)) : null
}

function recordPlanOf(db: Db, ticketId: string, { plan, paid, checkedAt }: PlanFact): Promise<Dispatched> {
  return dispatch(db, systemActor('billing'), { ticketId, event: { type: 'PLAN_CHECKED', plan, paid, checkedAt } })
}
