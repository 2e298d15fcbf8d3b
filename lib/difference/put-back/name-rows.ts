import type { Table } from '../catalogue.ts'
import { rowSetAt } from '../compare/hashes-at.ts'
import { placeFromText, placeTexts } from '../row-set.ts'
import { rows, type Side } from '../side.ts'
import type { NamedRow, RecordKey } from './types.ts'

/** The columns that name a row: the key's, in its own order, else all that hold data. */
function namingColumns(table: Table): readonly string[] {
  return table.key.length > 0 ? table.key : table.data.map((column) => column.name)
}

/** What names the rows at the places, as text, whole. The table is named as `live` has it: both sides call it the same. */
export async function keysOfRows(side: Side, table: Table, places: readonly number[]): Promise<Map<number, RecordKey>> {
  const columns = namingColumns(table).map((name) => `t.${table.data.find((column) => column.name === name)?.quoted}::text`)
  const found = new Map<number, RecordKey>()
  for (const texts of placeTexts(rowSetAt(places))) {
    const some = await rows<{ place: string; key: (string | null)[] }>(
      side,
      `SELECT t.ctid::text AS place, ARRAY[${columns.join(', ')}]::text[] AS key FROM ONLY ${table.quoted} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [texts],
    )
    for (const { place, key } of some) found.set(placeFromText(place), key)
  }
  return found
}

/** The same for people. */
export async function nameRows(side: Side, table: Table, places: readonly number[]): Promise<Map<number, NamedRow>> {
  const keys = await keysOfRows(side, table, places)
  return new Map([...keys].map(([place, key]) => [place, named(table, key)]))
}

export function named(table: Table, key: RecordKey): NamedRow {
  return Object.fromEntries(namingColumns(table).map((name, index) => [name, key[index]?.slice(0, 200) ?? null]))
}
