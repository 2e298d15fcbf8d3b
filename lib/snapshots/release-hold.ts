import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { holds } from '#db/schema/index.ts'

/** Lets a ticket's snapshots go: one of them, or all when none is named. Called with dispatch's transaction. Returns how many were held. */
export async function releaseHold(tx: Tx, input: { ticketId: string; snapshotId?: string }): Promise<number> {
  const released = await tx
    .update(holds)
    .set({ releasedAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(holds.ticketId, input.ticketId),
        isNull(holds.releasedAt),
        input.snapshotId === undefined ? undefined : eq(holds.snapshotId, input.snapshotId),
      ),
    )
    .returning({ id: holds.id })
  return released.length
}
