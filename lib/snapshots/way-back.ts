import { and, eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { type AdapterName, runs, snapshots } from '#db/schema/index.ts'
import type { SnapshotRow } from './catalogue-rows.ts'
import { runReportSchema } from './run/outcome.ts'

/**
 * Through which adapter one goes back to a snapshot: the one that keeps it, but for the safety copy of a restore that moved files. Those are the affair of the
 * adapter that moved them, which is another one where the restore was from the second place (R14); it reads a copy on the portal's server as well.
 */
export async function adapterBackTo(tx: Tx, snapshot: SnapshotRow): Promise<AdapterName> {
  if (snapshot.label !== 'safety') return snapshot.adapter
  const [restored] = await tx
    .select({ report: runs.report, adapter: snapshots.adapter })
    .from(runs)
    .innerJoin(snapshots, eq(snapshots.id, runs.snapshotId))
    .where(and(eq(runs.safetySnapshotId, snapshot.id), eq(runs.state, 'succeeded')))
  const report = runReportSchema.safeParse(restored?.report)
  return restored && report.success && report.data.filesFrom !== undefined ? restored.adapter : snapshot.adapter
}
