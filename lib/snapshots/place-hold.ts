import { and, countDistinct, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { holds, snapshots } from '#db/schema/index.ts'

export type HoldInput = { snapshotId: string; ticketId: string; until: Date }

/**
 * Keeps a snapshot from being pruned while its ticket lives, until `until` at the latest (S25, S33). Called with dispatch's
 * transaction. Placing the same hold again renews its end. False when the snapshot is going or gone: it cannot be held any more.
 */
export async function placeHold(tx: Tx, input: HoldInput): Promise<boolean> {
  // The same lock that pruning takes: whichever comes second sees what the first decided (I10).
  const [kept] = await tx
    .select({ state: snapshots.state })
    .from(snapshots)
    .where(eq(snapshots.id, input.snapshotId))
    .for('update')
  if (kept?.state !== 'ready' && kept?.state !== 'bad') return false
  await tx
    .insert(holds)
    .values(input)
    .onConflictDoUpdate({
      target: [holds.snapshotId, holds.ticketId],
      targetWhere: isNull(holds.releasedAt),
      set: { until: input.until },
    })
  return true
}

/** How many snapshots of a portal are held now: the fact that policy limits (S34). */
export async function countHeldSnapshots(tx: Tx, portalId: string): Promise<number> {
  const [row] = await tx
    .select({ held: countDistinct(holds.snapshotId) })
    .from(holds)
    .innerJoin(snapshots, eq(snapshots.id, holds.snapshotId))
    .where(and(eq(snapshots.portalId, portalId), isNull(holds.releasedAt), gt(holds.until, sql`clock_timestamp()`)))
  return row?.held ?? 0
}
