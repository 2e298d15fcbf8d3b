import { and, desc, eq, sql } from 'drizzle-orm'
import { snapshotBaselines, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type SnapshotRow, snapshotRefWithBaseline } from '../catalogue-rows.ts'
import { guarded, LeaseLost } from '../lease.ts'
import { manifestSchema, type RestoreTrace } from '../port.ts'
import type { RunContext } from './run-context.ts'

/**
 * After a swap, however it was learnt of: the portal is another database, and what was kept of its snapshots is made to hold for that one, so that the next
 * comparison need not read both sides whole. Each is written by itself, the run's own last, since the others are told by what was kept of it: a worker that takes
 * over goes on. The restore is done; a failure leaves comparisons slow until the next capture, says so, and changes no answer.
 */
export async function rebaselineSnapshots(context: RunContext, trace: RestoreTrace | null): Promise<{ notes: string[] }> {
  if (trace?.way !== 'swap' || context.hand.adapter.rebaseline === undefined) return { notes: [] }
  try {
    const signal = AbortSignal.timeout(AT_MOST_MS)
    for (const row of await readySnapshots(context)) await rebaselineOne(context, trace, row, signal)
    return { notes: [] }
  } catch (cause) {
    if (cause instanceof LeaseLost) throw cause
    const because = cause instanceof Error ? cause.message : String(cause)
    return { notes: [`comparisons stay slow until the next restore point is made: ${because}`] }
  }
}

const AT_MOST_MS = 10 * 60_000

/** The newest first: they are compared with the most. */
async function readySnapshots({ db, hand, snapshot }: RunContext): Promise<SnapshotRow[]> {
  return scoped(db, 'system', (tx) =>
    tx
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.portalId, hand.portal.id), eq(snapshots.adapter, hand.adapterName), eq(snapshots.state, 'ready')))
      .orderBy(sql`${snapshots.id} = ${snapshot.id}`, desc(snapshots.completedAt)),
  )
}

async function rebaselineOne(
  { db, lease, hand, snapshot }: RunContext,
  trace: Extract<RestoreTrace, { way: 'swap' }>,
  row: SnapshotRow,
  signal: AbortSignal,
): Promise<void> {
  const ref = await scoped(db, 'system', (tx) => snapshotRefWithBaseline(tx, row))
  if (ref === null) return
  const manifest = manifestSchema.parse(row.manifest)
  const packed = await hand.adapter.rebaseline?.({ portal: hand.ref, trace, restored: snapshot, snapshot: ref, manifest }, signal)
  if (!packed) return
  const baseline = Buffer.from(packed)
  await guarded(db, lease, (tx) =>
    tx
      .insert(snapshotBaselines)
      .values({ snapshotId: row.id, baseline })
      .onConflictDoUpdate({ target: snapshotBaselines.snapshotId, set: { baseline } }),
  )
}
