import type { Catalogue } from './catalogue.ts'
import { absentKeys, countReferences, holdsColumns, joined, type Keys, keysAt, presentKeys } from './dangling.ts'
import type { EdgeDifference, TableDifference } from './difference.ts'
import { type Edge, readKeptKeys } from './edges.ts'
import { nameKey, quoted, type TableName } from './names.ts'
import { placeTexts, type RowSet, rowSetOf, rowsOf } from './row-set.ts'
import { one, type Side } from './side.ts'

/** All rows that a restore would delete from live, and all that it would insert from the snapshot. */
export function wipedRows(table: TableDifference): RowSet {
  return rowSetOf([...rowsOf(table.newer), ...table.changed.map((pair) => pair.live)])
}

export function returningRows(table: TableDifference): RowSet {
  return rowSetOf([...rowsOf(table.missing), ...table.changed.map((pair) => pair.snapshot)])
}

/** For each edge, how many rows would point at nothing if these differences were done away with (S71). */
export async function countEdges(
  live: Side,
  snapshot: Side,
  edges: readonly Edge[],
  tables: readonly TableDifference[],
): Promise<EdgeDifference[]> {
  const counted: EdgeDifference[] = []
  for (const edge of edges) {
    const rows =
      edge.direction === 'inward'
        ? await countReferences(live, edge, await vanishingKeys(live, snapshot, edge, tables))
        : await countReferences(snapshot, edge, await unmetKeys(live, snapshot, edge, tables))
    counted.push(counting(edge, rows))
  }
  return counted
}

/**
 * References that rows keep in protected columns while what they point at goes: both ends lie in the scope, so none of them is an edge. Only those that
 * would point at nothing; a row that goes itself is not one of them.
 */
export async function countKeptReferences(
  live: Side,
  snapshot: Side,
  catalogue: Catalogue,
  tables: readonly TableDifference[],
): Promise<EdgeDifference[]> {
  const counted: EdgeDifference[] = []
  for (const key of await readKeptKeys(live, catalogue)) {
    const keys = await vanishingKeys(live, snapshot, key, tables)
    let rows = 0
    for (const from of key.fromTables) rows += await countStaying(live, { ...key, fromTables: [from] }, keys, tables)
    if (rows > 0) counted.push(counting(key, rows))
  }
  return counted
}

async function countStaying(live: Side, edge: Edge, keys: Keys, tables: readonly TableDifference[]): Promise<number> {
  let rows = await countReferences(live, edge, keys)
  const going = tables.find(({ table }) => edge.fromTables.some((from) => nameKey(from) === nameKey(table)))?.newer
  if (rows === 0 || going === undefined) return rows
  for (const places of placeTexts(going))
    rows -= await countReferences(live, edge, keys, `t.ctid = ANY ('{${places.map((place) => `"${place}"`).join(',')}}'::tid[])`)
  return rows
}

function counting({ edge, constraint, from, to, columns, direction, nulled }: Edge, danglingRows: number): EdgeDifference {
  return {
    edge,
    constraint,
    from,
    to,
    columns: columns.map(({ name }) => name),
    direction,
    nullable: nulled.length > 0,
    danglingRows,
  }
}

// Inward: keys of rows that go and that the snapshot does not bring back in another row. A table that was otherwise then cannot say: none are brought back.
async function vanishingKeys(live: Side, snapshot: Side, edge: Edge, tables: readonly TableDifference[]): Promise<Keys> {
  const columns = edge.columns.map((column) => column.to)
  const keys = await gather(live, edge.toTables, columns, tables, wipedRows)
  return keys[0]?.length === 0 || !(await sameKey(snapshot, edge)) ? keys : absentKeys(snapshot, edge, keys)
}

// Outward: keys that returning rows point at, which the snapshot has and live has not. What dangled in the snapshot dangles again.
async function unmetKeys(live: Side, snapshot: Side, edge: Edge, tables: readonly TableDifference[]): Promise<Keys> {
  const columns = edge.columns.map((column) => column.from)
  const wanted = await gather(snapshot, edge.fromTables, columns, tables, returningRows)
  return absentKeys(live, edge, (await holdsColumns(snapshot, edge)) ? await presentKeys(snapshot, edge, wanted) : wanted)
}

async function sameKey(side: Side, edge: Edge): Promise<boolean> {
  const { known } = await one<{ known: number }>(
    side,
    `SELECT count(*)::int AS known FROM unnest($2::text[], $3::text[]) AS k(name, type) JOIN pg_attribute a
       ON a.attrelid = to_regclass($1) AND a.attname = k.name AND format_type(a.atttypid, -1) = k.type AND NOT a.attisdropped`,
    [quoted(edge.to), edge.columns.map(({ toName }) => toName), edge.columns.map(({ type }) => type)],
  )
  return known === edge.columns.length
}

async function gather(
  side: Side,
  from: readonly TableName[],
  columns: readonly string[],
  tables: readonly TableDifference[],
  which: (table: TableDifference) => RowSet,
): Promise<Keys> {
  let keys: Keys = columns.map(() => [])
  for (const table of tables) {
    if (which(table).length === 0 || !from.some((one) => nameKey(one) === nameKey(table.table))) continue
    keys = joined(keys, await keysAt(side, table.table, columns, which(table)), columns.length)
  }
  return keys
}
