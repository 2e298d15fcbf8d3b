import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { runs } from '#db/schema/index.ts'

export type CancelAnswer = 'requested' | 'past_commit' | 'over'

/**
 * Asks a live run to stop (S60). The row's lock decides against the run's last question before its commit: whoever comes second sees the
 * other. `past_commit`: too late, the way back is undo. Called with dispatch's transaction.
 */
export async function requestRunCancel(tx: Tx, runId: string): Promise<CancelAnswer> {
  const [run] = await tx.select({ state: runs.state, step: runs.step }).from(runs).where(eq(runs.id, runId)).for('update')
  if (run?.state !== 'queued' && run?.state !== 'running') return 'over'
  if (run.step === 'commit' || run.step === 'prove' || run.step === 'release') return 'past_commit'
  await tx
    .update(runs)
    .set({ cancelRequestedAt: sql`clock_timestamp()` })
    .where(and(eq(runs.id, runId), inArray(runs.state, ['queued', 'running']), isNull(runs.cancelRequestedAt)))
  return 'requested'
}
