import type { Table } from '../catalogue.ts'
import { placeFromText, placeText } from '../row-set.ts'
import { one, rows, type Side } from '../side.ts'
import { nameRows } from './name-rows.ts'
import { onPortalPath } from './portal-path.ts'
import type { Conflict } from './types.ts'
import type { UniqueIndex } from './unique-indexes.ts'

/** A conflict with the place of its row, in the snapshot for a put-back. */
export type PlacedConflict = { readonly place: number; readonly conflict: Conflict }

type Key = { place: number; values: (string | null)[] }

const keysAtOnce = 5_000

/**
 * Which of the snapshot's rows a unique index or an exclusion constraint of live admits no more, and which row of live is in the way (S72, S103). Asked
 * index by index and beforehand: in replica role the server rechecks deferrable ones never, and the first row that it refuses ends a whole COPY.
 */
export async function findTaken(
  live: Side,
  snapshot: Side,
  table: Table,
  index: UniqueIndex,
  places: readonly number[],
): Promise<PlacedConflict[]> {
  const { keys, types } = await readKeys(live, snapshot, table, index, places)
  const taken: [number, number][] = []
  for (let at = 0; at < keys.length; at += keysAtOnce)
    taken.push(...(await findHolders(live, table, index, types, keys.slice(at, at + keysAtOnce))))
  if (taken.length === 0) return []
  const mine = await nameRows(snapshot, table, [...new Set(taken.map(([place]) => place))])
  const theirs = await nameRows(live, table, [...new Set(taken.map(([, holder]) => holder))])
  const name = { schema: table.schema, name: table.name }
  return taken.map(([place, holder]) => ({
    place,
    conflict: {
      kind: 'taken',
      table: name,
      constraint: index.name,
      row: mine.get(place) ?? {},
      inTheWay: { table: name, row: theirs.get(holder) ?? {} },
    },
  }))
}

async function readKeys(live: Side, snapshot: Side, table: Table, index: UniqueIndex, places: readonly number[]) {
  if (places.length === 0) return { keys: [], types: [] }
  const expressions = index.parts.map(({ expression }) => expression)
  const found = await onPortalPath(snapshot, live, () =>
    rows<{ place: string; values: (string | null)[] }>(
      snapshot,
      `SELECT t.ctid::text AS place, ARRAY[${expressions.map((expression) => `(${expression})::text`).join(', ')}]::text[] AS values
       FROM ONLY ${table.quoted} AS t WHERE t.ctid = ANY ($1::tid[]) AND (${index.predicate})`,
      [places.map(placeText)],
    ),
  )
  const keys = found
    .map(({ place, values }): Key => ({ place: placeFromText(place), values }))
    .filter(({ values }) => index.nullsAreEqual || values.every((value) => value !== null))
  return { keys, types: keys[0] === undefined ? [] : await typesOf(live, snapshot, table, index, keys[0].place) }
}

// By oid and without a modifier: `character` would be one character long.
async function typesOf(live: Side, snapshot: Side, table: Table, index: UniqueIndex, place: number): Promise<string[]> {
  const oids = await onPortalPath(snapshot, live, () =>
    one<{ oids: string[] }>(
      snapshot,
      `SELECT ARRAY[${index.parts.map(({ expression }) => `pg_typeof(${expression})::oid::text`).join(', ')}] AS oids
       FROM ONLY ${table.quoted} AS t WHERE t.ctid = '${placeText(place)}'::tid`,
    ),
  )
  const { types } = await one<{ types: string[] }>(
    snapshot,
    'SELECT ARRAY(SELECT format_type(o.oid::oid, -1) FROM unnest($1::text[]) WITH ORDINALITY AS o(oid, n) ORDER BY n) AS types',
    [oids.oids],
  )
  return types
}

async function findHolders(
  live: Side,
  table: Table,
  index: UniqueIndex,
  types: readonly string[],
  keys: readonly Key[],
): Promise<[number, number][]> {
  const same = index.parts.map(({ expression, operator, collate }, part) => {
    const given = `k.k${part}::${types[part]}`
    const equal = `(${expression})${collate} ${operator} ${given}`
    return index.nullsAreEqual ? `(${equal} OR ((${expression}) IS NULL AND k.k${part} IS NULL))` : equal
  })
  const lists = index.parts.map((_, part) => `$${part + 1}::text[]`).join(', ')
  const found = await onPortalPath(live, live, () =>
    rows<{ at: string; holder: string }>(
      live,
      `SELECT k.at::text AS at, found.holder FROM unnest(${lists}) WITH ORDINALITY AS k(${index.parts.map((_, part) => `k${part}`).join(', ')}, at)
       CROSS JOIN LATERAL (SELECT t.ctid::text AS holder FROM ONLY ${table.quoted} AS t WHERE (${index.predicate}) AND ${same.join(' AND ')}) AS found`,
      index.parts.map((_, part) => keys.map(({ values }) => values[part] ?? null)),
    ),
  )
  return found.flatMap(({ at, holder }): [number, number][] => {
    const key = keys[Number(at) - 1]
    return key === undefined ? [] : [[key.place, placeFromText(holder)]]
  })
}
