import type { Column, Table } from './catalogue.ts'
import { placeFromText, placeTexts, type RowSet } from './row-set.ts'
import { rows, type Side } from './side.ts'

/** Keys of rows as text, a list a row in the order of the key's columns: by them rows are found again without reading the table. */
export type KeyTexts = readonly (readonly string[])[]

// Beyond this many, one pass over the table is cheaper than a search for each row.
const fewRows = 20_000
const rowsAtOnce = 5000

/** The key's columns where rows can be searched by them; empty where there is no key, or one of the portal's own types, whose `=` may not be in reach. */
function searchable(table: Table): Column[] {
  const columns = table.data.filter((column) => table.key.includes(column.name))
  return columns.some((column) => column.typeOid >= 16384) ? [] : columns
}

/** Null where rows cannot be searched by key, or are too many. `quoted` is the table's name on that side. */
export async function readKeyTexts(side: Side, table: Table, quoted: string, wanted: RowSet): Promise<KeyTexts | null> {
  const columns = searchable(table)
  if (columns.length === 0 || wanted.length > fewRows) return null
  const keys: string[][] = []
  for (const texts of placeTexts(wanted)) {
    const found = await rows<{ place: string; key: string[] }>(
      side,
      `SELECT t.ctid::text AS place, ARRAY[${columns.map((column) => `t.${column.quoted}::text`).join(', ')}]::text[] AS key
       FROM ONLY ${quoted} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [texts],
    )
    keys.push(...found.sort((a, b) => placeFromText(a.place) - placeFromText(b.place)).map(({ key }) => key))
  }
  return keys
}

/** What `select` (of the row `t`, named `found`) gives for every row that bears one of the keys. */
export async function findByKey(side: Side, table: Table, keys: KeyTexts, select: string): Promise<string[]> {
  const columns = searchable(table)
  const same = columns.map((column, index) => `t.${column.quoted} = k.k${index}::${column.type}`).join(' AND ')
  const lists = columns.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const found: string[] = []
  for (let at = 0; at < keys.length; at += rowsAtOnce) {
    const some = await rows<{ found: string }>(
      side,
      `SELECT (${select})::text AS found FROM unnest(${lists}) AS k(${columns.map((_, index) => `k${index}`).join(', ')})
       JOIN ONLY ${table.quoted} AS t ON ${same}`,
      columns.map((_, index) => keys.slice(at, at + rowsAtOnce).map((key) => key[index])),
    )
    found.push(...some.map((row) => row.found))
  }
  return found
}
