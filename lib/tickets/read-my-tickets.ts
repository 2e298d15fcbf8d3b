import { and, desc, eq, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { ownerships, portals, tickets, ticketWatchers } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'

export type MyTicket = {
  number: number
  version: number
  portalId: string
  portalName: string
  subject: string
  scope: Scope
  state: string
  turn: string
  nextUpdateAt: Date | null
  lethalAt: Date | null
  updatedAt: Date
  isOwner: boolean
}

const atMost = 50

/** Tickets this person asked for, watches, or owns the portal of; the newest first. Colleagues' tickets are not among them. */
export async function readMyTickets(db: Db, actor: Person): Promise<MyTicket[]> {
  const { userId } = actor
  const owns = sql<boolean>`exists (select from ${ownerships} o where o.portal_id = ${tickets.portalId} and o.user_id = ${userId} and o.to_at is null)`
  const watches = sql`exists (select from ${ticketWatchers} w where w.ticket_id = ${tickets.id} and w.user_id = ${userId})`
  const { number, version, portalId, subject, scope, state, turn, nextUpdateAt, lethalAt, updatedAt } = tickets
  return scoped(db, actorKey(actor), (tx) =>
    tx
      .select({
        number,
        version,
        portalId,
        portalName: portals.name,
        subject,
        scope,
        state,
        turn,
        nextUpdateAt,
        lethalAt,
        updatedAt,
        isOwner: owns,
      })
      .from(tickets)
      .innerJoin(portals, eq(portals.id, tickets.portalId))
      .where(and(sql`(${tickets.requesterId} = ${userId} or ${owns} or ${watches})`, memberOf(userId)))
      .orderBy(desc(tickets.number))
      .limit(atMost),
  )
}

/** S14: who left the portal no longer sees its tickets; staff see those of others on the desk, not here. */
function memberOf(userId: string) {
  return sql`exists (select from portal_people p where p.portal_id = ${tickets.portalId} and p.user_id = ${userId} and p.deactivated_at is null
    union all select from ${ownerships} o where o.portal_id = ${tickets.portalId} and o.user_id = ${userId} and o.to_at is null)`
}
