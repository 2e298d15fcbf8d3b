import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { mayNow, type Offer } from '#lib/domain/may-now.ts'
import type { TicketLife } from '#lib/domain/ticket-life.ts'
import { databaseNow } from './database-clock.ts'
import { factsOf } from './facts.ts'
import { standingOf } from './standing.ts'
import { lifeOf } from './ticket-row.ts'

/** What this person may send to a ticket now, each allowed or with its reason; null when they do not see the ticket. */
export async function readOffers(
  db: Db,
  actor: Person,
  number: number,
): Promise<{ ticketId: string; version: number; life: TicketLife; offers: Offer[] } | null> {
  return scoped(db, actorKey(actor), async (tx) => {
    const [ticket] = await tx.select().from(tickets).where(eq(tickets.number, number))
    if (!ticket) return null
    const life = lifeOf(ticket)
    const parties = await standingOf(tx, actor, ticket.portalId, ticket)
    const facts = await factsOf(tx, ticket, null)
    const offers = mayNow({ life, facts }, { userId: actor.userId, parties, stepUp: actor.stepUp }, await databaseNow(tx))
    return { ticketId: ticket.id, version: ticket.version, life, offers }
  })
}
