import type { Table } from '../catalogue.ts'
import { placeTexts, type Row, type RowSet, rowSetOf, rowsOf } from '../row-set.ts'
import type { Side } from '../side.ts'
import { collectRows } from './hash-stream.ts'
import { rowHash } from './row-hash.ts'

/** The rows at the places as the side sees them. `quoted` is the table's name on that side. */
export async function hashesAt(side: Side, table: Table, quoted: string, places: readonly number[]): Promise<RowSet> {
  const found: Row[] = []
  for (const texts of placeTexts(rowSetAt(places))) {
    const list = texts.map((text) => `"${text}"`).join(',')
    const some = await collectRows(
      side,
      `SELECT t.ctid, ${rowHash(table.compared, 't')} FROM ONLY ${quoted} AS t WHERE t.ctid = ANY ('{${list}}'::tid[])`,
    )
    found.push(...rowsOf(some))
  }
  return rowSetOf(found)
}

/** Places alone: what is asked of them needs no hashes. */
export function rowSetAt(places: readonly number[]): RowSet {
  return { length: places.length, places: Float64Array.from(places), hashes: new BigInt64Array(places.length) }
}
