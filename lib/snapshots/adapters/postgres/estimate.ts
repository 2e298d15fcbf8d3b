import type { Comparison } from '../../port.ts'
import { totalOf } from './tally.ts'

/**
 * Writers wait while the engine looks at row headers for what moved since its comparison (measured: a twentieth of that comparison's time, at
 * most), and while each row that moves is written, at 67,000 a second; the rest is the same for all portals.
 */
export function estimateWritePause(compareMs: number, tables: Comparison['tables']): number {
  const { missing, newer, changed } = totalOf(tables)
  return Math.round(60 + compareMs / 20 + (missing + newer + 2 * changed) / 67)
}
