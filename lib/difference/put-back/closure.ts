import { rowSetAt } from '../compare/hashes-at.ts'
import { absentKeys, countOf, keysAt, keyTable } from '../dangling.ts'
import type { TableDifference } from '../difference.ts'
import type { Pair } from '../drift.ts'
import type { Edge } from '../edges.ts'
import { nameKey, quoted, type TableName } from '../names.ts'
import { placeFromText, placeText, type Row, rowsOf } from '../row-set.ts'
import { rows, type Side } from '../side.ts'
import { pointingAt } from './pointing.ts'
import { Returning } from './returning.ts'

export type Ground = {
  readonly live: Side
  readonly snapshot: Side
  readonly pairs: readonly Pair[]
  /** Live's foreign keys that touch the pairs' tables. */
  readonly foreignKeys: readonly Edge[]
  /** By `nameKey`: rows whose record is gone from live. */
  readonly missing: ReadonlyMap<string, ReadonlyMap<number, Row>>
}

export function missingRows(tables: readonly TableDifference[]): Map<string, Map<number, Row>> {
  return new Map(
    tables.map(({ table, missing }) => [nameKey(table), new Map([...rowsOf(missing)].map((row) => [row.place, row]))]),
  )
}

/** Adds the missing rows that point at what returns, and those that point at these (trees and cycles included). */
export async function addChildren(ground: Ground, returning: Returning): Promise<void> {
  let frontier = returning
  while (frontier.size > 0) {
    const next = new Returning()
    for (const edge of ground.foreignKeys)
      for (const parent of edge.toTables)
        for (const child of edge.fromTables) {
          const missing = ground.missing.get(nameKey(child))
          if (missing === undefined) continue
          const from = { table: child, among: [...missing.keys()] }
          const found = await pointingAt(ground.snapshot, edge, from, { table: parent, places: frontier.places(parent) })
          addFound(returning, next, child, missing, found, 'child')
        }
    frontier = next
  }
}

/** Adds the missing rows that returning ones point at, where live holds nothing of that key; and what these point at. */
export async function addParents(ground: Ground, returning: Returning): Promise<void> {
  let frontier = returning
  while (frontier.size > 0) {
    const next = new Returning()
    for (const edge of ground.foreignKeys)
      for (const child of edge.fromTables)
        for (const [parent, found] of await parentsOf(ground, edge, child, frontier.places(child)))
          addFound(returning, next, parent, ground.missing.get(nameKey(parent)), found, 'parent')
    frontier = next
  }
}

/** Of what returns, the rows given and all that points at them, whatever live holds now: nothing is hung on another record by a guess. */
export async function withAllThatHangsOn(ground: Ground, returning: Returning, blocked: Returning): Promise<Returning> {
  const all = new Returning()
  for (const { live } of ground.pairs) for (const row of blocked.rows(live)) all.add(live, row)
  let frontier = blocked
  while (frontier.size > 0) {
    const next = new Returning()
    for (const edge of ground.foreignKeys)
      for (const parent of edge.toTables)
        for (const child of edge.fromTables) {
          const among = new Map(returning.rows(child).map((row) => [row.place, row]))
          const from = { table: child, among: [...among.keys()] }
          for (const place of await pointingAt(ground.snapshot, edge, from, { table: parent, places: frontier.places(parent) })) {
            const row = among.get(place)
            if (row !== undefined && all.add(child, row)) next.add(child, row)
          }
        }
    frontier = next
  }
  return all
}

function addFound(
  returning: Returning,
  next: Returning,
  table: TableName,
  missing: ReadonlyMap<number, Row> | undefined,
  places: readonly number[],
  because: 'child' | 'parent',
): void {
  for (const place of places) {
    const row = missing?.get(place)
    if (row !== undefined && returning.add(table, { ...row, because })) next.add(table, { ...row, because })
  }
}

async function parentsOf(
  { live, snapshot, missing }: Ground,
  edge: Edge,
  child: TableName,
  places: readonly number[],
): Promise<[TableName, number[]][]> {
  if (places.length === 0) return []
  const columns = edge.columns.map((column) => column.from)
  const unmet = await absentKeys(live, edge, await keysAt(snapshot, child, columns, rowSetAt(places)))
  if (countOf(unmet) === 0) return []
  const same = edge.columns.map((column, index) => `p.${column.to} ${column.ownEquals} k.k${index}::${column.type}`).join(' AND ')
  const parents: [TableName, number[]][] = []
  for (const parent of edge.toTables) {
    const candidates = [...(missing.get(nameKey(parent))?.keys() ?? [])]
    if (candidates.length === 0) continue
    const found = await rows<{ place: string }>(
      snapshot,
      `SELECT p.ctid::text AS place FROM ONLY ${quoted(parent)} AS p
       WHERE p.ctid = ANY ($${edge.columns.length + 1}::tid[]) AND EXISTS (SELECT FROM ${keyTable(edge)} WHERE ${same})`,
      [...unmet, candidates.map(placeText)],
    )
    parents.push([parent, found.map(({ place }) => placeFromText(place))])
  }
  return parents
}
