import type { Comparison, SampledComparison } from '../../port.ts'
import { totalOf } from './tally.ts'

/**
 * Writers wait while the engine looks at row headers for what moved since its comparison (measured: a twentieth of that comparison's time, at
 * most), and while each row that moves is written, at 67,000 a second; the rest is the same for all portals.
 */
export function estimateWritePause(
  compareMs: number,
  tables: Comparison['tables'],
  sampled: readonly SampledComparison[] = [],
): number {
  const about = sampled.map(({ missing, newer, changed }) => ({
    missing: missing.about,
    newer: newer.about,
    changed: changed.about,
  }))
  const { missing, newer, changed } = totalOf([...tables, ...about])
  const unreadMs = sampled.reduce((sum, { rowsInAll }) => sum + rowsInAll / rowsReadPerMs, 0)
  return Math.round(60 + (compareMs + unreadMs) / 20 + (missing + newer + 2 * changed) / 67)
}

/** Of both sides together, where a table is compared whole: what the restore will do with those that were only sampled. */
const rowsReadPerMs = 540
