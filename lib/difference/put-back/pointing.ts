import type { Edge } from '../edges.ts'
import { quoted, type TableName } from '../names.ts'
import { placeFromText, placeText } from '../row-set.ts'
import { rows, type Side } from '../side.ts'

/** Rows of the referencing table, among the places where these are given, that point at rows at the other places. */
export async function pointingAt(
  side: Side,
  edge: Edge,
  from: { readonly table: TableName; readonly among: readonly number[] | null },
  to: { readonly table: TableName; readonly places: readonly number[] },
): Promise<number[]> {
  if (to.places.length === 0 || from.among?.length === 0) return []
  const among = from.among === null ? '' : 'c.ctid = ANY ($2::tid[]) AND '
  const found = await rows<{ place: string }>(
    side,
    `SELECT c.ctid::text AS place FROM ONLY ${quoted(from.table)} AS c WHERE ${among}EXISTS (SELECT FROM ONLY ${quoted(to.table)} AS p
       WHERE p.ctid = ANY ($1::tid[]) AND ${matches(edge)})`,
    [to.places.map(placeText), ...(from.among === null ? [] : [from.among.map(placeText)])],
  )
  return found.map(({ place }) => placeFromText(place))
}

/** Row `p` of the referenced table is what row `c` of the referencing one points at. */
export function matches(edge: Edge): string {
  return edge.columns.map((column) => `p.${column.to} ${column.crossEquals} c.${column.from}`).join(' AND ')
}
