import type { Pair } from '../drift.ts'
import type { ComparedSoFar } from '../observe.ts'
import type { TableSize } from './sizes.ts'

export type Progress = { readonly done: (pair: Pair, found: ComparedSoFar['found']) => void }

/** Tells where a comparison begins, and where it is after each table; pairs are done in their order. */
export function openProgress(
  pairs: readonly Pair[],
  sizes: ReadonlyMap<Pair, TableSize>,
  tell: (soFar: ComparedSoFar) => void,
): Progress {
  const rowsInAll = pairs.reduce((sum, pair) => sum + (sizes.get(pair)?.rows ?? 0), 0)
  let [tables, rows] = [0, 0]
  const say = (found: ComparedSoFar['found']) =>
    tell({ tables, tablesInAll: pairs.length, rows, rowsInAll, comparing: nameOf(pairs[tables]), found })
  say(null)
  return {
    done: (pair, found) => {
      tables += 1
      rows += sizes.get(pair)?.rows ?? 0
      say(found)
    },
  }
}

const nameOf = (pair: Pair | undefined): ComparedSoFar['comparing'] =>
  pair === undefined ? null : { schema: pair.live.schema, name: pair.live.name }
