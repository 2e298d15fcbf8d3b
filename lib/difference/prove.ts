import { compareSides } from './compare.ts'
import { wipedRows } from './count-edges.ts'
import type { TableDifference } from './difference.ts'
import { quoted, type TableName } from './names.ts'
import type { Watching } from './observe.ts'
import type { Committed } from './restore-order.ts'
import { placeTexts } from './row-set.ts'
import type { Scope } from './scope.ts'
import { atOneMoment, rows, type Side } from './side.ts'

export type Proof = {
  /**
   * `proven`: the whole scope is the snapshot. `disturbed`: it differs only where others have written since the commit. `failed`: rows are there
   * that were there before the commit and should have gone: undo, and raise the alarm.
   */
  readonly state: 'proven' | 'disturbed' | 'failed'
  readonly rowsCompared: number
  /** Rows written by later transactions, and rows of the snapshot that are not there (deleted, changed or nulled since). */
  readonly tables: readonly {
    readonly table: TableName
    readonly later: number
    readonly absent: number
    readonly wrong: number
  }[]
}

export type ProveRestore = Watching & {
  readonly live: Side
  readonly snapshot: Side
  readonly scope: Scope
  readonly committed: Committed
}

/**
 * Compares the whole scope once more, after the commit and without any lock. References that the restore itself nulled in rows of the scope
 * are allowed for. To be asked soon after the commit, before much is written.
 */
export async function prove(order: ProveRestore): Promise<Proof> {
  const { live, snapshot, scope, committed } = order
  return atOneMoment([live, snapshot], async () => {
    const { difference } = await compareSides(live, snapshot, scope, { ...order, pairByKey: false })
    const tables: Proof['tables'][number][] = []
    for (const table of difference.tables) tables.push(await judge(live, table, committed))
    const nulled = committed.counts.references.reduce(
      (sum, { direction, became, rows: count }) => sum + (direction === 'outward' && became === 'nulled' ? count : 0),
      0,
    )
    const differing = tables.reduce((sum, { later, absent }) => sum + Math.max(later, absent), 0)
    const failed = difference.drift.length > 0 || tables.some(({ wrong }) => wrong > 0)
    const state = failed ? 'failed' : differing > nulled ? 'disturbed' : 'proven'
    return { state, rowsCompared: difference.rowsCompared, tables }
  })
}

async function judge(live: Side, table: TableDifference, committed: Committed) {
  const horizon = BigInt(committed.lastSnapshot.split(':')[0] ?? '')
  let wrong = 0
  const extra = wipedRows(table)
  for (const texts of placeTexts(extra)) {
    const found = await rows<{ xmin: string }>(
      live,
      `SELECT xmin::text AS xmin FROM ONLY ${quoted(table.table)} WHERE ctid = ANY ($1::tid[])`,
      [texts],
    )
    wrong += found.filter(({ xmin }) => hadEnded(BigInt(xmin), horizon)).length
  }
  return { table: table.table, later: extra.length - wrong, absent: table.missing.length, wrong }
}

// Everything below the last snapshot's xmin had ended before the commit. Above it a later writer's savepoint cannot be told from an earlier
// transaction, so it is taken for later: an alarm must not be false. A row's xmin has 32 bits; the epoch is the snapshot's, or a neighbour's.
function hadEnded(xmin: bigint, horizon: bigint): boolean {
  const span = 2n ** 32n
  let full = horizon - (horizon % span) + xmin
  if (full > horizon + span / 2n) full -= span
  if (full < horizon - span / 2n) full += span
  return full < horizon
}
