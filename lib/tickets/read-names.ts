import { inArray } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { users } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'
import { maskName } from './mask-name.ts'

/** Names for ids that a refusal's facts carry, as this reader may know them: the desk knows all, a customer the desk and themselves (S1). */
export async function readNames(db: Db, actor: Person, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: users.id, name: users.name, deskRoles: users.deskRoles })
    .from(users)
    .where(inArray(users.id, ids))
  const mayKnow = (row: (typeof rows)[number]) =>
    actor.deskRoles.length > 0 || row.deskRoles.length > 0 || row.id === actor.userId
  return new Map(rows.map((row) => [row.id, mayKnow(row) ? (row.name ?? '') : maskName(row.name ?? '')]))
}
