import { readColumns } from './catalogue.ts'
import { quoted, type TableName } from './names.ts'
import { placeFromText, placeTexts, type RowSet } from './row-set.ts'
import { rows as query, type Side } from './side.ts'

export type PeopleRow = { readonly place: number; readonly values: readonly (string | null)[] }
export type PeopleRows = { readonly columns: readonly string[]; readonly rows: readonly PeopleRow[] }

/**
 * Reads the rows at given places as text, for people: the named columns that exist, or all. In the order of the places; a place that holds
 * no row any more is left out. Call it inside the `atOneMoment` in which the places were found.
 */
export async function readRows(
  side: Side,
  table: TableName,
  places: RowSet,
  wanted: readonly string[] | 'all',
): Promise<PeopleRows> {
  const all = await readColumns(side, table)
  const columns = wanted === 'all' ? all : all.filter((column) => wanted.includes(column.name))
  const found = new Map<number, PeopleRow>()
  const fields = columns.map((column) => `t.${column.quoted}::text`).join(', ')
  for (const texts of placeTexts(places)) {
    const read = await query<{ place: string; fields: (string | null)[] }>(
      side,
      `SELECT t.ctid::text AS place, ARRAY[${fields}]::text[] AS fields FROM ONLY ${quoted(table)} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [texts],
    )
    for (const row of read) found.set(placeFromText(row.place), { place: placeFromText(row.place), values: row.fields })
  }
  return {
    columns: columns.map((column) => column.name),
    rows: Array.from(places.places, (place) => found.get(place)).filter((row) => row !== undefined),
  }
}
