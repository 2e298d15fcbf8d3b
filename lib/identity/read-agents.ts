import { and, arrayContains, asc, isNull } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { users } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'

/** Agents a ticket can be assigned to, by name; nothing for somebody who is not of the desk. */
export async function readAgents(db: Db, actor: Person): Promise<{ id: string; name: string }[]> {
  if (actor.deskRoles.length === 0) return []
  const rows = await db
    .select({ id: users.id, name: users.name, email: users.email })
    .from(users)
    .where(and(arrayContains(users.deskRoles, ['agent']), isNull(users.deactivatedAt)))
    .orderBy(asc(users.name))
    .limit(500)
  return rows.map(({ id, name, email }) => ({ id, name: name ?? email }))
}
