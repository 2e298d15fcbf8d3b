import { desc, eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { portals, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'

/** The number of each portal's newest ticket, by the portal's external id: where a story goes on. For the demo's pages only. */
export async function newestTickets(db: Db): Promise<Map<string, number>> {
  const rows = await scoped(db, 'system', (tx) =>
    tx
      .selectDistinctOn([portals.id], { externalId: portals.externalId, number: tickets.number })
      .from(portals)
      .innerJoin(tickets, eq(tickets.portalId, portals.id))
      .orderBy(portals.id, desc(tickets.number)),
  )
  return new Map(rows.map(({ externalId, number }) => [externalId, number]))
}
