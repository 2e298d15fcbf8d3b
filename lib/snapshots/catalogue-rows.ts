import { and, desc, eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { snapshots } from '#db/schema/index.ts'
import type { SnapshotRef } from './port.ts'

export type SnapshotRow = typeof snapshots.$inferSelect

/** The newest finished snapshot of a portal, of whatever label: what an online capture starts from. */
export async function newestReady(tx: Tx, portalId: string): Promise<SnapshotRow | null> {
  const [row] = await tx
    .select()
    .from(snapshots)
    .where(and(eq(snapshots.portalId, portalId), eq(snapshots.state, 'ready')))
    .orderBy(desc(snapshots.completedAt))
    .limit(1)
  return row ?? null
}

/** How an adapter knows a snapshot; null while it has no database. */
export function snapshotRef(row: SnapshotRow): SnapshotRef | null {
  return row.databaseName === null ? null : { id: row.id, databaseName: row.databaseName }
}
