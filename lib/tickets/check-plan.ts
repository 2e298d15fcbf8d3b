import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { PlanPort } from '#lib/billing/port.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { type Dispatched, dispatch } from './dispatch.ts'

/**
 * Asks billing for the plan as it is now and tells the ticket (R7): a waiting one goes on by itself (S17), an agreed one goes back to its
 * upgrade step (S20), an answer older than what the ticket knows changes nothing (S23). Throws when billing cannot be reached, since not
 * knowing is not a no; the job is then tried again. Null when there is no such ticket.
 */
export async function checkPlan(
  db: Db,
  { ticketId }: { ticketId: string },
  planOf: PlanPort['planOf'],
): Promise<Dispatched | null> {
  const [ticket] = await scoped(db, 'system', (tx) =>
    tx.select({ portalId: tickets.portalId }).from(tickets).where(eq(tickets.id, ticketId)),
  )
  if (!ticket) return null
  const { plan, paid, checkedAt } = await planOf(ticket.portalId)
  return dispatch(db, systemActor('billing'), { ticketId, event: { type: 'PLAN_CHECKED', plan, paid, checkedAt } })
}
