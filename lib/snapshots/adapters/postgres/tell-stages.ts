import type { ChangedRow, TableDifference } from '#lib/difference/difference.ts'
import type { TableName } from '#lib/difference/names.ts'
import { type RowSet, rowSetOf, sliceOf } from '#lib/difference/row-set.ts'
import { readRows } from '#lib/difference/rows.ts'
import type { Side } from '#lib/difference/side.ts'
import { addDecimals } from '../../decimals.ts'
import type { ComparedTable, TableColumns, Tally, Worth } from '../../port.ts'

type Staged = { place: number; stage: string | null; money: string | null; currency: string | null }
type Told = Map<string, Record<keyof Tally, { rows: number; money: Map<string | null, string> }>>

/** Rows read at a time; a row set may hold millions. */
const piece = 20_000

/**
 * A table's difference by the stage its records are in: those that come back by the snapshot's word, all else by live's. A changed row
 * counts for the stage that it has reached since; one that stayed where it was is in no line.
 */
export async function tellStages(
  { table, missing, newer, changed }: TableDifference,
  live: Side,
  stored: Side,
  columns: TableColumns,
): Promise<ComparedTable['stages']> {
  const { stageColumn } = columns
  if (stageColumn === undefined) return undefined
  const told: Told = new Map()
  for (let at = 0; at < missing.length; at += piece)
    for (const row of await readStaged(stored, table, sliceOf(missing, at, at + piece), columns)) count(told, 'missing', row)
  for (let at = 0; at < newer.length; at += piece)
    for (const row of await readStaged(live, table, sliceOf(newer, at, at + piece), columns)) count(told, 'newer', row)
  for (let at = 0; at < changed.length; at += piece) {
    const pairs = changed.slice(at, at + piece)
    const before = await stagesBefore(stored, table, pairs, columns)
    for (const row of await readStaged(live, table, rowSetOf(pairs.map((pair) => pair.live)), columns))
      if (row.stage !== before.get(row.place)) count(told, 'changed', row)
  }
  return [...told].map(([stage, { missing: back, newer: entered, changed: reached }]) => ({
    stage,
    missing: worthOf(back),
    newer: worthOf(entered),
    changed: worthOf(reached),
  }))
}

/** What stage each changed row was in then, by its place in live. */
async function stagesBefore(
  stored: Side,
  table: TableName,
  pairs: readonly ChangedRow[],
  { schema, table: name, stageColumn }: TableColumns,
): Promise<Map<number, string | null>> {
  const columns = { schema, table: name, ...(stageColumn === undefined ? {} : { stageColumn }) }
  const then = await readStaged(stored, table, rowSetOf(pairs.map((pair) => pair.snapshot)), columns)
  const byPlace = new Map(then.map((row) => [row.place, row.stage]))
  return new Map(pairs.map(({ live, snapshot }) => [live.place, byPlace.get(snapshot.place) ?? null]))
}

async function readStaged(side: Side, table: TableName, places: RowSet, used: TableColumns): Promise<Staged[]> {
  const names = [used.stageColumn, used.moneyColumn, used.currencyColumn].filter((name) => name !== undefined)
  const { columns, rows } = await readRows(side, table, places, names)
  return rows.map(({ place, values }) => {
    const cell = (column: string | undefined) => (column === undefined ? null : (values[columns.indexOf(column)] ?? null))
    const currency = cell(used.currencyColumn)?.trim() || null
    return { place, stage: cell(used.stageColumn), money: cell(used.moneyColumn), currency }
  })
}

function count(told: Told, kind: keyof Tally, { stage, money, currency }: Staged): void {
  if (stage === null) return
  const none = () => ({ rows: 0, money: new Map<string | null, string>() })
  const line = told.get(stage) ?? { missing: none(), newer: none(), changed: none() }
  told.set(stage, line)
  const worth = line[kind]
  worth.rows += 1
  if (money !== null) worth.money.set(currency, addDecimals(worth.money.get(currency) ?? '0', money))
}

function worthOf({ rows, money }: { rows: number; money: Map<string | null, string> }): Worth {
  const sums = [...money].map(([currency, sum]) => ({ currency, sum }))
  return { rows, money: sums.sort((one, other) => (one.currency ?? '').localeCompare(other.currency ?? '')) }
}
