import { and, desc, eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { type AdapterName, snapshotBaselines, snapshots } from '#db/schema/index.ts'
import type { SnapshotRef } from './port.ts'

export type SnapshotRow = typeof snapshots.$inferSelect

/** The newest finished snapshot of a portal that this adapter keeps, of whatever label: what an online capture starts from. */
export async function newestReady(tx: Tx, portalId: string, keptBy: AdapterName): Promise<SnapshotRow | null> {
  const [row] = await tx
    .select()
    .from(snapshots)
    .where(and(eq(snapshots.portalId, portalId), eq(snapshots.adapter, keptBy), eq(snapshots.state, 'ready')))
    .orderBy(desc(snapshots.completedAt))
    .limit(1)
  return row ?? null
}

/** As `snapshotRef`, with what the adapter kept of it: for whoever is about to compare with it. */
export async function snapshotRefWithBaseline(tx: Tx, row: SnapshotRow): Promise<SnapshotRef | null> {
  const ref = snapshotRef(row)
  if (ref === null) return null
  const [kept] = await tx.select().from(snapshotBaselines).where(eq(snapshotBaselines.snapshotId, row.id))
  return { ...ref, baseline: kept?.baseline ?? null }
}

/** How an adapter knows a snapshot; null while it has no database. */
export function snapshotRef(row: SnapshotRow): SnapshotRef | null {
  return row.databaseName === null ? null : { id: row.id, databaseName: row.databaseName }
}
