import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { portals, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { TicketState } from '#lib/domain/machine-context.ts'
import type { PlanPort } from './port.ts'
import { lookAgain } from './record-plan-change.ts'

/** States in which the plan still decides something. */
const undecided: TicketState[] = ['checkingPlan', 'awaitingUpgrade', 'awaitingApproval', 'scheduled']

/**
 * For the nightly job: asks the billing system about every portal that has a ticket waiting on its plan, corrects what our lists
 * say, and has those tickets looked at again, so that an event that never came is made up for (S23).
 */
export async function reconcileBilling(db: Db, port: PlanPort): Promise<{ asked: number; ticketsMoved: number }> {
  const waiting = await scoped(db, 'system', (tx) =>
    tx.select({ id: tickets.id, portalId: tickets.portalId }).from(tickets).where(inArray(tickets.state, undecided)),
  )
  const portalIds = [...new Set(waiting.map((ticket) => ticket.portalId))]
  for (const portalId of portalIds) {
    const { plan } = await port.planOf(portalId)
    await scoped(db, 'system', async (tx) => {
      await tx
        .update(portals)
        .set({ plan, updatedAt: sql`now()` })
        .where(and(eq(portals.id, portalId), ne(portals.plan, plan)))
      for (const ticket of waiting.filter((it) => it.portalId === portalId)) await lookAgain(tx, ticket.id)
    })
  }
  return { asked: portalIds.length, ticketsMoved: waiting.length }
}
