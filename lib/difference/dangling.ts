import type { Edge, EdgeColumn } from './edges.ts'
import { quoted, type TableName } from './names.ts'
import { placeTexts, type RowSet } from './row-set.ts'
import { one, rows, type Side } from './side.ts'

/** Key values as text, column by column: `keys[i][n]` is the n-th key's value in column i. Without nulls, without doubles. */
export type Keys = readonly (readonly string[])[]

export function countOf(keys: Keys): number {
  return keys[0]?.length ?? 0
}

/** The keys, in the edge's columns, of rows at given places. Rows with a null in them refer to nothing. */
export async function keysAt(side: Side, table: TableName, columns: readonly string[], places: RowSet): Promise<Keys> {
  const seen = new Map<string, string[]>()
  const fields = columns.map((column) => `t.${column}::text`).join(', ')
  const noNulls = columns.map((column) => `t.${column} IS NOT NULL`).join(' AND ')
  for (const texts of placeTexts(places)) {
    const found = await rows<{ key: string[] }>(
      side,
      `SELECT ARRAY[${fields}]::text[] AS key FROM ONLY ${quoted(table)} AS t WHERE t.ctid = ANY ($1::tid[]) AND ${noNulls}`,
      [texts],
    )
    for (const { key } of found) seen.set(JSON.stringify(key), key)
  }
  return transposed([...seen.values()], columns.length)
}

/** Of the keys, those that the referenced table does not hold. */
export async function absentKeys(side: Side, edge: Edge, keys: Keys): Promise<Keys> {
  if (countOf(keys) === 0) return keys
  const found = await rows<{ key: string[] }>(
    side,
    `SELECT ARRAY[${edge.columns.map((_, index) => `k.k${index}`).join(', ')}] AS key FROM ${keyTable(edge)}
     WHERE NOT EXISTS (SELECT FROM ${quoted(edge.to)} AS p
       WHERE ${edge.columns.map((column, index) => `p.${column.to} ${column.ownEquals} k.k${index}::${column.type}`).join(' AND ')})`,
    [...keys],
  )
  return transposed(
    found.map((row) => row.key),
    edge.columns.length,
  )
}

/** Of the keys, those that the referenced table holds. */
export async function presentKeys(side: Side, edge: Edge, keys: Keys): Promise<Keys> {
  const absent = new Set(listed(await absentKeys(side, edge, keys)).map((key) => JSON.stringify(key)))
  return transposed(
    listed(keys).filter((key) => !absent.has(JSON.stringify(key))),
    edge.columns.length,
  )
}

/** Whether the side knows the referenced table and columns at all: outside the scope nothing was compared. */
export async function holdsColumns(side: Side, edge: Edge): Promise<boolean> {
  const { known } = await one<{ known: number }>(
    side,
    `SELECT count(*)::int AS known FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = ANY ($2::name[]) AND NOT attisdropped`,
    [quoted(edge.to), edge.columns.map((column) => column.toName)],
  )
  return known === edge.columns.length
}

/** How many rows of the edge's referencing tables point at one of the keys; `among` narrows the rows `t`. */
export async function countReferences(side: Side, edge: Edge, keys: Keys, among = 'true'): Promise<number> {
  if (countOf(keys) === 0) return 0
  let total = 0
  for (const table of edge.fromTables) {
    const { count } = await one<{ count: string }>(
      side,
      `SELECT count(*)::text AS count FROM ONLY ${quoted(table)} AS t WHERE ${among} AND EXISTS (SELECT FROM ${keyTable(edge)} WHERE ${pointsAt(edge.columns, 't')})`,
      [...keys],
    )
    total += Number(count)
  }
  return total
}

/** `unnest` of the keys as a table `k(k0, k1, …)`, parameters from `$1`. */
export function keyTable(edge: Edge): string {
  const lists = edge.columns.map((_, index) => `$${index + 1}::text[]`).join(', ')
  return `unnest(${lists}) AS k(${edge.columns.map((_, index) => `k${index}`).join(', ')})`
}

/** A row of a referencing table points at the key `k`. */
export function pointsAt(columns: readonly EdgeColumn[], alias: string): string {
  return columns.map((column, index) => `k.k${index}::${column.type} ${column.crossEquals} ${alias}.${column.from}`).join(' AND ')
}

function listed(keys: Keys): string[][] {
  return Array.from({ length: countOf(keys) }, (_, row) => keys.map((column) => column[row] ?? ''))
}

function transposed(list: readonly (readonly string[])[], width: number): Keys {
  return Array.from({ length: width }, (_, column) => list.map((key) => key[column] ?? ''))
}

/** Both lists as one, each key once. */
export function joined(a: Keys, b: Keys, width: number): Keys {
  const all = new Map([...listed(a), ...listed(b)].map((key) => [JSON.stringify(key), key]))
  return transposed([...all.values()], width)
}
