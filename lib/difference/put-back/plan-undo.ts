import { findByKey } from '../by-key.ts'
import { type Catalogue, readCatalogue, rowTables, type Table } from '../catalogue.ts'
import { hashesAt } from '../compare/hashes-at.ts'
import { rowHash } from '../compare/row-hash.ts'
import { type Edge, readForeignKeys } from '../edges.ts'
import { type InsertedRows, readJournal } from '../journal.ts'
import { nameKey, shown, type TableName } from '../names.ts'
import type { Protection } from '../protection.ts'
import { refuse } from '../refusal.ts'
import { placeFromText, rowsOf } from '../row-set.ts'
import type { Scope } from '../scope.ts'
import { rows, type Side } from '../side.ts'
import { keysOfRows, named, nameRows } from './name-rows.ts'
import { pointingAt } from './pointing.ts'
import { Returning } from './returning.ts'
import type { Conflict } from './types.ts'

/** What a put-back's undo would take out, as live is now: places are live's. */
export type UndoPlan = {
  readonly catalogue: Catalogue
  readonly tables: readonly Table[]
  /** Rows just as they were put back, at which nothing else points. */
  readonly leaving: Returning
  /** Rows that stay because of a conflict. */
  readonly staying: Returning
  readonly conflicts: readonly Conflict[]
  /** Put back and deleted by somebody since: nothing is left to be done. */
  readonly gone: number
  readonly madeObjects: readonly { readonly oid: number; readonly fingerprint: string }[]
}

/** The tables whose rows the put-back inserted, as a scope. */
export async function undoScope(journalDirectory: string, protection: Protection | undefined): Promise<Scope> {
  const { inserted } = await readJournal(journalDirectory)
  return { kind: 'tables', patterns: inserted.map(({ table }) => ({ schema: table.schema, table: table.name })), protection }
}

/**
 * Finds the inserted rows again by key and content, and who has changed them or points at them since. Without a key equal rows cannot be told apart, so as
 * many stay as the safety copy has. `live` may be the writer, under the lock.
 */
export async function planUndo(live: Side, safety: Side, journalDirectory: string, scope: Scope): Promise<UndoPlan> {
  const { inserted, madeLargeObjects } = await readJournal(journalDirectory)
  const catalogue = await readCatalogue(live, scope)
  const leaving = new Returning()
  const staying = new Returning()
  const conflicts: Conflict[] = []
  const tables: Table[] = []
  let gone = 0
  for (const entry of inserted) {
    const table = rowTables(catalogue).find((one) => nameKey(one) === nameKey(entry.table))
    if (table === undefined) throw refuse('table_gone', { name: shown(entry.table), details: [] })
    tables.push(table)
    gone += await locate(live, safety, table, entry, leaving, staying, conflicts)
  }
  const foreignKeys = await readForeignKeys(live, catalogue)
  while (await keepPointedAt(live, foreignKeys, tables, leaving, staying, conflicts));
  return {
    catalogue,
    tables,
    leaving: without(leaving, staying, tables),
    staying,
    conflicts,
    gone,
    madeObjects: madeLargeObjects,
  }
}

async function locate(
  live: Side,
  safety: Side,
  table: Table,
  { rows: inserted }: InsertedRows,
  leaving: Returning,
  staying: Returning,
  conflicts: Conflict[],
): Promise<number> {
  const places =
    table.key.length === 0 ? await surplusByHash(live, safety, table, inserted) : await placesByKey(live, table, inserted)
  const hashes = await hashesAt(live, table, table.quoted, places)
  const keys = await keysOfRows(live, table, places)
  const wanted = new Map<string, number>()
  const nameOf = (hash: string, key: readonly (string | null)[] | null | undefined) =>
    table.key.length === 0 ? hash : JSON.stringify(key)
  for (const { hash, key } of inserted) wanted.set(nameOf(hash, key), (wanted.get(nameOf(hash, key)) ?? 0) + 1)
  const hashByName = new Map(inserted.map(({ hash, key }) => [nameOf(hash, key), hash]))
  for (const row of rowsOf(hashes)) {
    const name = nameOf(`${row.hash}`, keys.get(row.place))
    const left = wanted.get(name) ?? 0
    if (left === 0) continue
    wanted.set(name, left - 1)
    if (hashByName.get(name) === `${row.hash}`) {
      leaving.add(table, { ...row, because: 'chosen' })
      continue
    }
    staying.add(table, { ...row, because: 'chosen' })
    const now = named(table, keys.get(row.place) ?? [])
    conflicts.push({ kind: 'changed', table: nameOfTable(table), constraint: null, row: now, inTheWay: null })
  }
  return [...wanted.values()].reduce((sum, left) => sum + left, 0)
}

async function placesByKey(live: Side, table: Table, inserted: InsertedRows['rows']): Promise<number[]> {
  const columns = table.data.filter((column) => table.key.includes(column.name))
  const inTableOrder = inserted.map(({ key }) => columns.map((column) => key?.[table.key.indexOf(column.name)] ?? ''))
  if (columns.every((column) => column.typeOid < 16384))
    return (await findByKey(live, table, inTableOrder, 't.ctid')).map(placeFromText)
  // A key of the portal's own types may lack an equality that is in reach; its text has one.
  const texts = columns.map((column) => `t.${column.quoted}::text`).join(', ')
  const found = await rows<{ place: string }>(
    live,
    `SELECT t.ctid::text AS place FROM ONLY ${table.quoted} AS t WHERE ARRAY[${texts}]::text[]::text = ANY ($1::text[])`,
    [await arrayTexts(live, inTableOrder)],
  )
  return found.map(({ place }) => placeFromText(place))
}

async function arrayTexts(live: Side, keys: readonly (readonly string[])[]): Promise<string[]> {
  const found = await rows<{ text: string }>(
    live,
    `SELECT ARRAY(SELECT json_array_elements_text(k))::text AS text FROM json_array_elements($1::json) AS k`,
    [JSON.stringify(keys)],
  )
  return found.map(({ text }) => text)
}

async function surplusByHash(live: Side, safety: Side, table: Table, inserted: InsertedRows['rows']): Promise<number[]> {
  const hashes = [...new Set(inserted.map(({ hash }) => hash))]
  const sql = `SELECT t.ctid::text AS place, ${rowHash(table.compared, 't')}::text AS hash FROM ONLY ${table.quoted} AS t
    WHERE ${rowHash(table.compared, 't')} = ANY ($1::int8[]) ORDER BY t.ctid`
  const stay = new Map<string, number>()
  for (const { hash } of await rows<{ hash: string }>(safety, sql, [hashes])) stay.set(hash, (stay.get(hash) ?? 0) + 1)
  const surplus: number[] = []
  for (const { place, hash } of await rows<{ place: string; hash: string }>(live, sql, [hashes])) {
    const left = stay.get(hash) ?? 0
    if (left > 0) stay.set(hash, left - 1)
    else surplus.push(placeFromText(place))
  }
  return surplus
}

// A row that must stay keeps those it points at; so again until nothing more is kept.
async function keepPointedAt(
  live: Side,
  foreignKeys: readonly Edge[],
  tables: readonly Table[],
  leaving: Returning,
  staying: Returning,
  conflicts: Conflict[],
): Promise<boolean> {
  const before = staying.size
  for (const edge of foreignKeys)
    for (const parent of tables.filter((table) => edge.toTables.some((one) => nameKey(one) === nameKey(table)))) {
      for (const child of edge.fromTables) await keepFrom(live, edge, { child, parent }, { tables, leaving, staying, conflicts })
    }
  return staying.size > before
}

async function keepFrom(
  live: Side,
  edge: Edge,
  { child, parent }: { child: TableName; parent: Table },
  { tables, leaving, staying, conflicts }: Pick<UndoPlan, 'tables' | 'leaving' | 'staying'> & { conflicts: Conflict[] },
): Promise<void> {
  const rest = leaving.rows(parent).filter((row) => !staying.has(parent, row.place))
  const pointing = await pointingAt(
    live,
    edge,
    { table: child, among: null },
    { table: parent, places: rest.map((row) => row.place) },
  )
  const others = pointing.filter((place) => !leaving.has(child, place) || staying.has(child, place))
  if (others.length === 0) return
  const holder = tables.find((table) => nameKey(table) === nameKey(child)) ?? (await exactTable(live, child))
  const theirs = await nameRows(live, holder, others)
  const mine = await nameRows(
    live,
    parent,
    rest.map((row) => row.place),
  )
  for (const row of rest) {
    const [pointer] = await pointingAt(live, edge, { table: child, among: others }, { table: parent, places: [row.place] })
    if (pointer === undefined) continue
    staying.add(parent, row)
    conflicts.push({
      kind: 'pointed_at',
      table: nameOfTable(parent),
      constraint: edge.constraint,
      row: mine.get(row.place) ?? {},
      inTheWay: { table: { schema: child.schema, name: child.name }, row: theirs.get(pointer) ?? {} },
    })
  }
}

async function exactTable(live: Side, name: TableName): Promise<Table> {
  const { tables } = await readCatalogue(live, { kind: 'tables', patterns: [{ schema: name.schema, table: name.name }] })
  const table = tables.find((one) => nameKey(one) === nameKey(name))
  if (table === undefined) throw new Error(`There is no table ${shown(name)}`)
  return table
}

function without(leaving: Returning, staying: Returning, tables: readonly Table[]): Returning {
  return leaving.without(
    staying,
    tables.map((live) => ({ live, snapshot: live })),
  )
}

function nameOfTable({ schema, name }: Table): TableName {
  return { schema, name }
}
