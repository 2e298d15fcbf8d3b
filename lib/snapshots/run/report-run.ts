import { eq, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { runs } from '#db/schema/index.ts'

/** Notes that a run's outcome has been told, in the transaction that tells it: until then it is told again and again. */
export async function reportRun(tx: Tx, runId: string): Promise<void> {
  await tx
    .update(runs)
    .set({ reportedAt: sql`coalesce(${runs.reportedAt}, clock_timestamp())` })
    .where(eq(runs.id, runId))
}
