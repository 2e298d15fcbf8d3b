import type { TableDifference } from '../difference.ts'
import type { Pair } from '../drift.ts'
import type { ComparedSoFar } from '../observe.ts'
import type { Side } from '../side.ts'
import { readSizes } from './sizes.ts'

export type Progress = { readonly done: (pair: Pair, found: TableDifference | null) => void }

/** Tells where a comparison begins, and where it is after each table; pairs are done in their order. */
export async function openProgress(
  live: Side,
  snapshot: Side,
  pairs: readonly Pair[],
  tell: (soFar: ComparedSoFar) => void,
): Promise<Progress> {
  const sizes = await readSizes(live, snapshot, pairs)
  const rowsOf = new Map(pairs.map((pair, index) => [pair, sizes[index]?.rows ?? 0]))
  const rowsInAll = sizes.reduce((sum, size) => sum + size.rows, 0)
  let [tables, rows] = [0, 0]
  const say = (found: ComparedSoFar['found']) =>
    tell({ tables, tablesInAll: pairs.length, rows, rowsInAll, comparing: nameOf(pairs[tables]), found })
  say(null)
  return {
    done: (pair, found) => {
      tables += 1
      rows += rowsOf.get(pair) ?? 0
      say(
        found && {
          table: found.table,
          missing: found.missing.length,
          newer: found.newer.length,
          changed: found.changed.length,
        },
      )
    },
  }
}

const nameOf = (pair: Pair | undefined): ComparedSoFar['comparing'] =>
  pair === undefined ? null : { schema: pair.live.schema, name: pair.live.name }
