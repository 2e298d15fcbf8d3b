import { DrizzleQueryError } from 'drizzle-orm'
import postgres from 'postgres'
import { type Refusal, refuse } from '#lib/domain/refusal.ts'
import { SnapshotGone } from './effects.ts'

/**
 * What the database's own guards say, as a refusal; all else is thrown on. They stand behind the rules for what two transactions
 * decide at the same time, so nothing of the transaction was kept.
 */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof SnapshotGone) return refuse('snapshot_gone', { snapshotId: error.snapshotId }, 'R2')
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (cause instanceof postgres.PostgresError) {
    const live = cause.constraint_name === 'tickets_one_live_per_portal' || cause.constraint_name === 'runs_one_live_per_portal'
    if (cause.code === '23505' && live) return refuse('another_restore_live', {}, 'R10')
    if (cause.code === 'RD014') return refuse('handler_has_voted', {}, 'R9')
    if (cause.code === 'RD011') return refuse('snapshot_gone', {}, 'R2')
  }
  throw error
}
