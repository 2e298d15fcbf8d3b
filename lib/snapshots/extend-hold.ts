import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { holds, snapshots } from '#db/schema/index.ts'
import type { HoldInput } from './place-hold.ts'

/**
 * Moves the end of a hold that is still in force; an end that lies earlier is not taken over. Called with dispatch's transaction.
 * False when there is nothing to extend: released, or over by the database's clock (then only `placeHold` may try again).
 */
export async function extendHold(tx: Tx, input: HoldInput): Promise<boolean> {
  // Locked like a prune locks it: otherwise a hold just over could be pruned past, and its extension come true afterwards (I10).
  await tx.select({ id: snapshots.id }).from(snapshots).where(eq(snapshots.id, input.snapshotId)).for('update')
  const extended = await tx
    .update(holds)
    .set({ until: sql`greatest(${holds.until}, ${input.until.toISOString()}::timestamptz)` })
    .where(
      and(
        eq(holds.ticketId, input.ticketId),
        eq(holds.snapshotId, input.snapshotId),
        isNull(holds.releasedAt),
        gt(holds.until, sql`clock_timestamp()`),
      ),
    )
    .returning({ id: holds.id })
  return extended.length > 0
}
