import { asc, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { ownerships, portalPeople, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Person } from '#lib/domain/actor.ts'

export type MyPortal = {
  portalId: string
  externalId: string
  name: string
  edition: 'cloud' | 'self_hosted'
  plan: string
  status: 'active' | 'suspended' | 'deleted'
  timeZone: string
  userCount: number
  relation: 'owner' | 'admin' | 'member'
}

/** The portals this person belongs to, by name. Staff see every portal elsewhere; here, too, only those they are people of. */
export async function readMyPortals(db: Db, actor: Person): Promise<MyPortal[]> {
  // Spelled out: in a select over one table drizzle leaves the table's name away, and `id` would be the inner table's.
  const thisPortal = sql.raw('"portals"."id"')
  const relation = sql<MyPortal['relation']>`case when exists (select from ${ownerships} o where o.portal_id = ${thisPortal}
    and o.user_id = ${actor.userId} and o.to_at is null) then 'owner' else (select p.relation from ${portalPeople} p
    where p.portal_id = ${thisPortal} and p.user_id = ${actor.userId} and p.deactivated_at is null) end`
  return scoped(db, actor.userId, (tx) =>
    tx
      .select({
        portalId: portals.id,
        externalId: portals.externalId,
        name: portals.name,
        edition: portals.edition,
        plan: portals.plan,
        status: portals.status,
        timeZone: portals.timeZone,
        userCount: portals.userCount,
        relation,
      })
      .from(portals)
      .where(sql`(${relation}) is not null`)
      .orderBy(asc(portals.name)),
  )
}
