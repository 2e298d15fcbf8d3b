import type { Table } from '../catalogue.ts'
import { onBoth } from '../compare/row-difference.ts'
import { describeLargeObjects, isNamingColumn, type LargeObject } from '../large-objects.ts'
import { placeFromText, placeText } from '../row-set.ts'
import { rows, type Side } from '../side.ts'
import type { PlacedConflict } from './find-taken.ts'
import { nameRows } from './name-rows.ts'

export type Objects = {
  /** Named by returning rows and gone from live: they come back with them. */
  readonly missing: readonly LargeObject[]
  readonly conflicts: readonly PlacedConflict[]
}

/** The large objects that the rows name (S102). One that live holds in another state is not touched, so its row is in conflict. */
export async function findObjects(live: Side, snapshot: Side, table: Table, places: readonly number[]): Promise<Objects> {
  const namers = await readNamers(snapshot, table, places)
  const oids = [...namers.keys()]
  const [here, there] = await onBoth(describeLargeObjects(live, oids), describeLargeObjects(snapshot, oids))
  const other = oids.filter(
    (oid) => here.has(oid) && there.has(oid) && here.get(oid)?.fingerprint !== there.get(oid)?.fingerprint,
  )
  const placesOf = (oid: number) => namers.get(oid) ?? []
  const names = await nameRows(snapshot, table, other.flatMap(placesOf))
  return {
    missing: [...there.values()].filter(({ oid }) => !here.has(oid)),
    conflicts: other.flatMap((oid) =>
      placesOf(oid).map((place) => ({
        place,
        conflict: {
          kind: 'large_object' as const,
          table: { schema: table.schema, name: table.name },
          constraint: `${oid}`,
          row: names.get(place) ?? {},
          inTheWay: null,
        },
      })),
    ),
  }
}

async function readNamers(snapshot: Side, table: Table, places: readonly number[]): Promise<Map<number, number[]>> {
  const namers = new Map<number, number[]>()
  for (const column of table.data.filter(isNamingColumn)) {
    const found = await rows<{ place: string; oid: string }>(
      snapshot,
      `SELECT t.ctid::text AS place, t.${column.quoted}::oid::text AS oid FROM ONLY ${table.quoted} AS t
       WHERE t.ctid = ANY ($1::tid[]) AND t.${column.quoted} IS NOT NULL`,
      [places.map(placeText)],
    )
    for (const { place, oid } of found) namers.set(Number(oid), [...(namers.get(Number(oid)) ?? []), placeFromText(place)])
  }
  return namers
}
