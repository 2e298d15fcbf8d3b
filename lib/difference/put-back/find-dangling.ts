import type { Table } from '../catalogue.ts'
import { rowSetAt } from '../compare/hashes-at.ts'
import { absentKeys, countOf, keysAt, keyTable, pointsAt } from '../dangling.ts'
import type { Pair } from '../drift.ts'
import type { Edge } from '../edges.ts'
import { nameKey, quoted } from '../names.ts'
import { placeFromText, placeText } from '../row-set.ts'
import { rows, type Side } from '../side.ts'
import type { PlacedConflict } from './find-taken.ts'
import { nameRows } from './name-rows.ts'
import { matches } from './pointing.ts'
import type { Returning } from './returning.ts'

export type Dangling = {
  readonly live: Side
  readonly snapshot: Side
  readonly pairs: readonly Pair[]
  readonly foreignKeys: readonly Edge[]
  /** `Edge.edge` of the foreign keys that the snapshot has too: what pointed at nothing there may do so again, exact and nobody's doing (S99). */
  readonly ofOld: ReadonlySet<string>
  readonly returning: Returning
  /** Rows that live does not hold yet but will; null: whatever was to come is there. */
  readonly coming: Returning | null
}

/** Foreign keys checked by hand: which returning rows would point at nothing. A null in a key points nowhere and is fine. */
export async function findDangling(ground: Dangling): Promise<PlacedConflict[]> {
  const conflicts: PlacedConflict[] = []
  for (const edge of ground.foreignKeys)
    for (const { live } of ground.pairs)
      if (edge.fromTables.some((table) => nameKey(table) === nameKey(live)))
        conflicts.push(...(await danglingOf(ground, edge, live)))
  return conflicts
}

async function danglingOf(ground: Dangling, edge: Edge, table: Table): Promise<PlacedConflict[]> {
  const places = ground.returning.places(table)
  if (places.length === 0) return []
  const columns = edge.columns.map((column) => column.from)
  const unmet = await absentKeys(ground.live, edge, await keysAt(ground.snapshot, table, columns, rowSetAt(places)))
  if (countOf(unmet) === 0) return []
  const values: unknown[] = [...unmet, places.map(placeText)]
  const conditions = [
    `c.ctid = ANY ($${values.length}::tid[])`,
    `EXISTS (SELECT FROM ${keyTable(edge)} WHERE ${pointsAt(edge.columns, 'c')})`,
  ]
  for (const parent of edge.toTables) {
    const coming = ground.coming?.places(parent) ?? []
    if (coming.length === 0) continue
    values.push(coming.map(placeText))
    conditions.push(
      `NOT EXISTS (SELECT FROM ONLY ${quoted(parent)} AS p WHERE p.ctid = ANY ($${values.length}::tid[]) AND ${matches(edge)})`,
    )
  }
  if (ground.ofOld.has(edge.edge)) conditions.push(`EXISTS (SELECT FROM ${quoted(edge.to)} AS p WHERE ${matches(edge)})`)
  const found = await rows<{ place: string }>(
    ground.snapshot,
    `SELECT c.ctid::text AS place FROM ONLY ${table.quoted} AS c WHERE ${conditions.join(' AND ')}`,
    values,
  )
  const dangling = found.map(({ place }) => placeFromText(place))
  const names = await nameRows(ground.snapshot, table, dangling)
  return dangling.map((place) => ({
    place,
    conflict: {
      kind: 'dangling',
      table: { schema: table.schema, name: table.name },
      constraint: edge.constraint,
      row: names.get(place) ?? {},
      inTheWay: null,
    },
  }))
}
