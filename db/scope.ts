import { sql } from 'drizzle-orm'
import type { Db, Tx } from './client.ts'

/** Whose eyes a transaction has: a person's id, or `system` for workers, timers and operators. */
export type ActorKey = 'system' | (string & {})

/**
 * Opens a transaction that sees what this actor may see: row-level security reads `desk.actor` (I8).
 * Without it nothing is visible, so a forgotten scope shows as an empty page, never as somebody else's.
 */
export async function scoped<T>(db: Db, actorKey: ActorKey, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('desk.actor', ${actorKey}, true)`)
    return work(tx)
  })
}
