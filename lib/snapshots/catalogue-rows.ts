import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { type AdapterName, runs, snapshotBaselines, snapshots } from '#db/schema/index.ts'
import type { SnapshotRef } from './port.ts'

export type SnapshotRow = typeof snapshots.$inferSelect

/** The newest finished snapshot of a portal that this adapter keeps, of whatever label: what an online capture starts from. One of a moment was loaded from elsewhere. */
export async function newestReady(tx: Tx, portalId: string, keptBy: AdapterName): Promise<SnapshotRow | null> {
  const [row] = await tx
    .select()
    .from(snapshots)
    .where(
      and(
        eq(snapshots.portalId, portalId),
        eq(snapshots.adapter, keptBy),
        eq(snapshots.state, 'ready'),
        eq(snapshots.ofMoment, false),
      ),
    )
    .orderBy(desc(snapshots.completedAt))
    .limit(1)
  return row ?? null
}

/** As `snapshotRef`, with what the adapter kept of it: for whoever is about to compare with it. */
export async function snapshotRefWithBaseline(tx: Tx, row: SnapshotRow): Promise<SnapshotRef | null> {
  const ref = snapshotRef(row)
  if (ref === null) return null
  const [kept] = await tx.select().from(snapshotBaselines).where(eq(snapshotBaselines.snapshotId, row.id))
  return { ...ref, baseline: kept?.baseline ?? null, ...(await filesFrom(tx, row)) }
}

const report = z.object({ filesFrom: z.string().optional() })

/** A safety copy's files are those that its restore put aside. */
async function filesFrom(tx: Tx, { id, label }: SnapshotRow): Promise<Pick<SnapshotRef, 'filesFrom'>> {
  if (label !== 'safety') return {}
  const [run] = await tx
    .select({ report: runs.report })
    .from(runs)
    .where(and(eq(runs.safetySnapshotId, id), eq(runs.state, 'succeeded')))
  return { filesFrom: run ? (report.parse(run.report).filesFrom ?? null) : null }
}

/** How an adapter knows a snapshot; null while it has no database. */
export function snapshotRef(row: SnapshotRow): SnapshotRef | null {
  return row.databaseName === null ? null : { id: row.id, databaseName: row.databaseName }
}
