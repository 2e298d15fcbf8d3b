import { eq, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { ownerships, portalPeople, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Person } from '#lib/domain/actor.ts'

export type PortalPerson = { userId: string; name: string; relation: 'owner' | 'admin' | 'member'; since: Date }

/** The active people of a portal, owner first; empty for a portal the actor may not see (I8). */
export async function readPortalPeople(db: Db, actor: Person, portalId: string): Promise<PortalPerson[]> {
  const name = sql<string>`coalesce(${users.name}, ${users.email})`
  return scoped(db, actor.userId, async (tx) => {
    const owner = await tx
      .select({ userId: users.id, name, since: ownerships.fromAt })
      .from(ownerships)
      .innerJoin(users, eq(users.id, ownerships.userId))
      .where(sql`${ownerships.portalId} = ${portalId} and ${ownerships.toAt} is null`)
    const others = await tx
      .select({ userId: users.id, name, relation: portalPeople.relation, since: portalPeople.createdAt })
      .from(portalPeople)
      .innerJoin(users, eq(users.id, portalPeople.userId))
      .where(
        sql`${portalPeople.portalId} = ${portalId} and ${portalPeople.deactivatedAt} is null and ${users.deactivatedAt} is null`,
      )
      .orderBy(portalPeople.relation, name)
    const ownerIds = new Set(owner.map(({ userId }) => userId))
    return [
      ...owner.map((person) => ({ ...person, relation: 'owner' as const })),
      ...others.filter(({ userId }) => !ownerIds.has(userId)),
    ]
  })
}
