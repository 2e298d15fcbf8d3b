import { compareSides } from '../compare.ts'
import type { CompareWay, Difference } from '../difference.ts'
import { digestOf } from '../digest.ts'
import type { Watching } from '../observe.ts'
import type { Scope } from '../scope.ts'
import { atOneMoment, type Side } from '../side.ts'
import type { Baseline } from './baseline.ts'

/** One comparison, held against the others. */
export type CheckedWay = {
  readonly way: CompareWay
  readonly tablesByWay: Difference['tablesByWay']
  /** Fingerprint of the answer, counts of rows included. */
  readonly digest: string
  readonly durationMs: number
}

/** The oracle first; each of the others may fall back to those before it. */
const allowances: readonly (readonly CompareWay[])[] = [
  ['exact'],
  ['exact', 'watermark'],
  ['exact', 'watermark', 'wal_summaries'],
]

/** The same difference by each way, at one instant. All digests are the same, or the engine has a fault. */
export async function crossCheckWays(
  live: Side,
  snapshot: Side,
  scope: Scope,
  baseline: Baseline,
  watching: Watching = {},
): Promise<CheckedWay[]> {
  return atOneMoment([live, snapshot], async () => {
    const checked: CheckedWay[] = []
    for (const ways of allowances) {
      const began = performance.now()
      const { difference, rowsLive } = await compareSides(live, snapshot, scope, { ...watching, baseline, ways })
      const durationMs = performance.now() - began
      const counted = JSON.stringify([[...rowsLive].sort(), difference.tables.map(({ rowsSnapshot }) => rowsSnapshot)])
      checked.push({
        way: difference.way,
        tablesByWay: difference.tablesByWay,
        digest: digestOf(difference, { counted }),
        durationMs,
      })
    }
    return checked
  })
}

export function waysAgree(checked: readonly CheckedWay[]): boolean {
  return checked.every(({ digest }) => digest === checked[0]?.digest)
}
