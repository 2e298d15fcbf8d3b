import type { TableName } from './names.ts'
import type { RowSet } from './row-set.ts'
import type { Side } from './side.ts'

export type PeopleRow = { readonly place: number; readonly values: readonly (string | null)[] }

/**
 * Reads the rows at given places as text, for people: the named columns, or all. In the order of the places; a place that holds no row
 * any more is left out. Call it inside the `atOneMoment` in which the places were found.
 */
export async function readRows(
  side: Side,
  table: TableName,
  rows: RowSet,
  columns: readonly string[] | 'all',
): Promise<{ columns: string[]; rows: PeopleRow[] }> {
  throw new Error(`Not here yet: ${side.database} ${table.name} ${rows.length} ${columns.length}`)
}
