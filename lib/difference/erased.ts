import { byName, type Catalogue, type Column, rowTables, type Table } from './catalogue.ts'
import { rowSetAt } from './compare/hashes-at.ts'
import type { OnlyOn } from './compare/row-difference.ts'
import { rowHash } from './compare/row-hash.ts'
import { absentKeys, countOf, holdsColumns, joined, type Keys, keysAt, keyTable, pointsAt } from './dangling.ts'
import type { ErasedCounts } from './difference.ts'
import type { Edge } from './edges.ts'
import { nameKey, shown, type TableName } from './names.ts'
import type { ErasedRecords } from './protection.ts'
import { refuse } from './refusal.ts'
import { placeFromText, placeText, type RowSet, rowSetOf, rowsOf } from './row-set.ts'
import { rows, type Side } from './side.ts'

/** Of one table: which of its records take no part (S66), and where they lie; places are each side's own. */
export type ErasedRows = {
  readonly known: readonly KnownBy[]
  readonly live: ReadonlySet<number>
  readonly snapshot: ReadonlySet<number>
  /**
   * Of the snapshot's: those that stand on the list, and those that cannot be without one that is gone; `known` are these, and `staying` live's own of them. The
   * rest differ from live's by nothing but a reference to one: they are left as they are, and are like any other when somebody writes to them.
   */
  readonly listed: ReadonlySet<number>
  readonly fallen: ReadonlySet<number>
  readonly staying: ReadonlySet<number>
}

/** By `nameKey`. */
export type Erased = ReadonlyMap<string, ErasedRows>

type KnownBy = Pick<ErasedRecords, 'columns' | 'keys'>

type Ground = {
  readonly live: Side
  readonly snapshot: Side
  readonly here: ReadonlyMap<string, Table>
  readonly there: ReadonlyMap<string, Table>
  readonly foreignKeys: readonly Edge[]
}

/**
 * Finds the records on the list, and what would have fallen with those that live no longer has: rows of the snapshot that point at them by a reference that
 * cascades or cannot be empty, and what points at these. A reference that can be emptied is (`erasedEdges`), and where that is all that sets a row apart from
 * live's, the row takes no part either. The foreign keys are those that will hold afterwards. Reads by keys alone; asks nothing where nobody was erased.
 */
export async function findErased(
  sides: Pick<Ground, 'live' | 'snapshot' | 'foreignKeys'>,
  { here, there }: { readonly here: Catalogue; readonly there: Catalogue },
): Promise<Erased> {
  const ground = {
    ...sides,
    here: byName({ ...here, tables: rowTables(here) }),
    there: byName({ ...there, tables: rowTables(there) }),
  }
  const found = new Found(ground)
  for (const table of ground.there.values())
    for (const records of table.erased) await found.take(table, records, await placesOf(sides.snapshot, table, records), 'listed')
  let frontier = found.places()
  while (frontier.size > 0) frontier = await fallWith(ground, found, frontier)
  return found.tables
}

/** Records somewhere on the list are looked for only then. */
export function hasErased({ tables }: Catalogue): boolean {
  return tables.some(({ erased }) => erased.length > 0)
}

type Places = Map<string, { table: TableName; places: number[] }>

/** One step down: gives those that fell with the ones before. */
async function fallWith(ground: Ground, found: Found, before: Places): Promise<Places> {
  const next: Places = new Map()
  for (const edge of ground.foreignKeys) {
    const gone = await goneKeys(ground, edge, before)
    if (countOf(gone) === 0) continue
    for (const child of edge.fromTables) {
      const table = ground.there.get(nameKey(child))
      if (table === undefined || !holds(table, edge.columns)) continue
      const places = found.unknown(table, await pointing(ground.snapshot, table, edge, gone))
      const falls = edge.cascades || edge.nulled.length === 0
      const left = falls ? places : await alikeButFor(ground, table, edge, places)
      await found.takePlaces(table, left, falls ? 'fallen' : 'alike')
      if (falls && left.length > 0)
        next.set(nameKey(table), { table, places: [...(next.get(nameKey(table))?.places ?? []), ...left] })
    }
  }
  return next
}

/** What the places bear that an edge's children point at, and live has not. */
async function goneKeys({ live, snapshot, here, there }: Ground, edge: Edge, before: Places): Promise<Keys> {
  const columns = edge.columns.map((column) => column.to)
  let keys: Keys = columns.map(() => [])
  for (const parent of edge.toTables) {
    const places = before.get(nameKey(parent))?.places ?? []
    const table = there.get(nameKey(parent))
    const named = edge.columns.map(({ toName }) => ({ name: toName }))
    if (places.length > 0 && table !== undefined && holds(table, named))
      keys = joined(keys, await keysAt(snapshot, parent, columns, rowSetAt(places)), columns.length)
  }
  // A table that live has otherwise holds nothing of that key.
  const same = edge.toTables.every((parent) =>
    edge.columns.every(({ toName }) => typeOf(here, parent, toName) === typeOf(there, parent, toName)),
  )
  return countOf(keys) > 0 && same && (await holdsColumns(live, edge)) ? absentKeys(live, edge, keys) : keys
}

function typeOf(tables: ReadonlyMap<string, Table>, table: TableName, name: string): string | undefined {
  return tables.get(nameKey(table))?.columns.find((column) => column.name === name)?.type
}

async function pointing(side: Side, table: Table, edge: Edge, keys: Keys): Promise<number[]> {
  const found = await rows<{ place: string }>(
    side,
    `SELECT t.ctid::text AS place FROM ONLY ${table.quoted} AS t WHERE EXISTS (SELECT FROM ${keyTable(edge)} WHERE ${pointsAt(edge.columns, 't')})`,
    [...keys],
  )
  return found.map(({ place }) => placeFromText(place))
}

/** Of the snapshot's rows, those that live holds just so but for the emptied reference. */
async function alikeButFor(
  { live, snapshot, here }: Ground,
  table: Table,
  edge: Edge,
  places: readonly number[],
): Promise<number[]> {
  const now = here.get(nameKey(table))
  if (now === undefined || table.key.length === 0 || places.length === 0 || !holds(table, now.compared)) return []
  const emptied = now.compared.map((column) => ({
    ...column,
    quoted: edge.nulled.some(({ name }) => name === column.name) ? null : column.quoted,
  }))
  const fields = emptied.map(({ quoted: name, type }) => (name === null ? `NULL::${type}` : `t.${name}`)).join(', ')
  const key = keyTextOf(table, table.key)
  const then = await rows<{ place: string; key: string[]; hash: string }>(
    snapshot,
    `SELECT t.ctid::text AS place, ${key} AS key, hashtextextended((ROW(${fields})::text) COLLATE "C", 0)::text AS hash
     FROM ONLY ${table.quoted} AS t WHERE t.ctid = ANY ($1::tid[])`,
    [places.map(placeText)],
  )
  const known = { columns: table.key, keys: then.map((row) => row.key) }
  const standing = await rowsOfKnown<{ key: string[]; hash: string }>(
    live,
    now,
    known,
    `${keyTextOf(now, table.key)} AS key, ${rowHash(now.compared, 't')}::text AS hash`,
  )
  const hashes = new Map(standing.map((row) => [JSON.stringify(row.key), row.hash]))
  return then.filter((row) => hashes.get(JSON.stringify(row.key)) === row.hash).map(({ place }) => placeFromText(place))
}

/** What is known so far, by table. */
class Found {
  readonly tables = new Map<string, Gathered>()
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  places(): Places {
    return new Map([...this.tables].map(([key, { table, snapshot }]) => [key, { table, places: [...snapshot] }]))
  }

  unknown(table: Table, places: readonly number[]): number[] {
    const known = this.tables.get(nameKey(table))?.snapshot
    return places.filter((place) => !known?.has(place))
  }

  async take(table: Table, known: KnownBy | null, places: readonly number[], why: 'listed' | 'fallen' | 'alike'): Promise<void> {
    const { live, here } = this.#ground
    const of: Gathered = this.tables.get(nameKey(table)) ?? newlyGathered(table)
    this.tables.set(nameKey(table), of)
    for (const place of places) of.snapshot.add(place)
    if (why !== 'alike') for (const place of places) of[why].add(place)
    if (known === null) return
    const now = here.get(nameKey(table))
    const standing = now === undefined ? [] : await placesOf(live, now, known)
    for (const place of standing) of.live.add(place)
    if (why === 'alike') return
    of.known.push(known)
    for (const place of standing) of.staying.add(place)
  }

  /** A record without a key is known by its place alone. */
  async takePlaces(table: Table, places: readonly number[], why: 'fallen' | 'alike'): Promise<void> {
    if (places.length === 0) return
    if (table.key.length === 0) return this.take(table, null, places, why)
    const found = await rows<{ key: string[] }>(
      this.#ground.snapshot,
      `SELECT ${keyTextOf(table, table.key)} AS key FROM ONLY ${table.quoted} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [places.map(placeText)],
    )
    return this.take(table, { columns: table.key, keys: found.map(({ key }) => key) }, places, why)
  }
}

type Gathered = {
  table: Table
  known: KnownBy[]
  live: Set<number>
  snapshot: Set<number>
  listed: Set<number>
  fallen: Set<number>
  staying: Set<number>
}

const newlyGathered = (table: Table): Gathered => ({
  table,
  known: [],
  live: new Set(),
  snapshot: new Set(),
  listed: new Set(),
  fallen: new Set(),
  staying: new Set(),
})

/** Where a side has such records: found through their keys, without reading the table. */
async function placesOf(side: Side, table: Table, known: KnownBy): Promise<number[]> {
  return (await rowsOfKnown<{ place: string }>(side, table, known, 't.ctid::text AS place')).map(({ place }) =>
    placeFromText(place),
  )
}

const atOnce = 5_000

async function rowsOfKnown<R extends Record<string, unknown>>(
  side: Side,
  table: Table,
  { columns: names, keys }: KnownBy,
  select: string,
): Promise<R[]> {
  const columns = names.flatMap((name) => table.data.find((column) => column.name === name) ?? [])
  // A table that has no such column holds nobody who was known by it.
  if (columns.length < names.length) return []
  const possible = keys.filter((key) => columns.every((column, index) => mayHold(column, key[index] ?? '')))
  const same = columns.map((column, index) => sameAs(column, `k.k${index}`)).join(' AND ')
  const lists = columns.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const found: R[] = []
  for (let at = 0; at < possible.length; at += atOnce) {
    const some = possible.slice(at, at + atOnce)
    const sql = `SELECT ${select} FROM unnest(${lists}) AS k(${columns.map((_, index) => `k${index}`).join(', ')}) JOIN ONLY ${table.quoted} AS t ON ${same}`
    found.push(
      ...(await rows<R>(
        side,
        sql,
        columns.map((_, index) => some.map((key) => key[index])),
      )),
    )
  }
  return found
}

const integers = [20, 21, 23]
const uuid = 2950
const texts = [25, 1043]

// By the types that nearly all keys are of an index is used; of any other type the text is compared. A column may be of another type than when it was listed.
function sameAs({ quoted: name, typeOid }: Column, text: string): string {
  if (integers.includes(typeOid)) return `t.${name} = ${text}::int8`
  if (typeOid === uuid) return `t.${name} = ${text}::uuid`
  return texts.includes(typeOid) ? `t.${name} = ${text}` : `t.${name}::text = ${text}`
}

function mayHold({ typeOid }: Column, text: string): boolean {
  if (integers.includes(typeOid)) return /^-?\d{1,18}$/.test(text)
  return typeOid !== uuid || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

function keyTextOf(table: Table, names: readonly string[]): string {
  const columns = names.flatMap((name) => table.data.find((column) => column.name === name) ?? [])
  return `ARRAY[${columns.map((column) => `t.${column.quoted}::text`).join(', ')}]::text[]`
}

function holds(table: Table, columns: readonly { readonly name: string }[]): boolean {
  return columns.every(({ name }) => table.columns.some((column) => column.name === name))
}

/** Of a snapshot's rows: on the list, or fallen with a record that is. What else takes no part is somebody else's, and only pointed at one. */
export function isErased(erased: Erased, table: TableName, place: number): boolean {
  const of = erased.get(nameKey(table))
  return of !== undefined && (of.listed.has(place) || of.fallen.has(place))
}

/** Where a side has records of the list, by `nameKey`: for tables that are not compared row by row. */
export async function listedPlaces(side: Side, catalogue: Catalogue): Promise<Map<string, Set<number>>> {
  const listed = new Map<string, Set<number>>()
  for (const table of rowTables(catalogue))
    for (const records of table.erased) {
      const places = listed.get(nameKey(table)) ?? new Set<number>()
      listed.set(nameKey(table), places)
      for (const place of await placesOf(side, table, records)) places.add(place)
    }
  return listed
}

/** The difference of one table without what takes no part: live's rows stay, the snapshot's stay away, and so many rows there are to be. */
export function withoutErased<T extends OnlyOn & { readonly rowsSnapshot: number }>(
  found: T,
  erased: ErasedRows | undefined,
): { readonly found: T; readonly counts: ErasedCounts } {
  if (erased === undefined) return { found, counts: { records: 0, fallen: 0 } }
  const onlyLive = without(found.onlyLive, erased.live)
  const onlySnapshot = without(found.onlySnapshot, erased.snapshot)
  const away = [...found.onlySnapshot.places].filter((place) => erased.snapshot.has(place))
  const staying = found.onlyLive.length - onlyLive.length
  return {
    found: { ...found, onlyLive, onlySnapshot, rowsSnapshot: found.rowsSnapshot - away.length + staying },
    counts: {
      records: away.filter((place) => erased.listed.has(place)).length,
      fallen: away.filter((place) => erased.fallen.has(place) && !erased.listed.has(place)).length,
    },
  }
}

export function without(set: RowSet, places: ReadonlySet<number>): RowSet {
  return places.size === 0 ? set : rowSetOf([...rowsOf(set)].filter(({ place }) => !places.has(place)))
}

/** What moved since the comparison, without the same: such a record may have been deleted, overwritten or entered anew meanwhile, and that stands. */
export async function movedWithoutErased<
  P extends { readonly live: Table; readonly rowsWanted: number },
  M extends { readonly fresh: RowSet; readonly gone: RowSet },
>(locked: Side, erased: Erased, moved: readonly (readonly [P, M])[]): Promise<(readonly [P, M])[]> {
  const left: (readonly [P, M])[] = []
  for (const [plan, since] of moved) {
    const known = erased.get(nameKey(plan.live))
    if (known === undefined) {
      left.push([plan, since])
      continue
    }
    const now = new Set<number>()
    for (const by of known.known) for (const place of await placesOf(locked, plan.live, by)) now.add(place)
    const [fresh, gone] = [without(since.fresh, now), without(since.gone, known.staying)]
    const rowsWanted = plan.rowsWanted + (since.fresh.length - fresh.length) - (since.gone.length - gone.length)
    left.push([
      { ...plan, rowsWanted },
      { ...since, fresh, gone },
    ])
  }
  return left
}

/** The row versions that live holds of them, to be compared with what it holds before the commit. */
export async function erasedStanding(side: Side, tables: readonly Table[], erased: Erased): Promise<Map<string, string>> {
  const standing = new Map<string, string>()
  for (const table of tables) {
    const versions: string[] = []
    for (const known of erased.get(nameKey(table))?.known ?? [])
      for (const { version } of await rowsOfKnown<{ version: string }>(side, table, known, `t.ctid || ' ' || t.xmin AS version`))
        versions.push(version)
    standing.set(shown(table), versions.sort().join(', '))
  }
  return standing
}

/** The last look before a commit (S66): by key, in the table itself, whatever was planned. */
export function refuseReturned(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): void {
  const tables = [...now].filter(([table, versions]) => before.get(table) !== versions).map(([table]) => table)
  if (tables.length > 0) throw refuse('erased_returned', { tables })
}

/** The last look at a copy: by key, each such record is there just as live has it, or not at all (S66). */
export async function refuseOtherwise(live: Holder, copy: Holder, erased: Erased): Promise<void> {
  const [here, there] = [byName(live.catalogue), byName(copy.catalogue)]
  const otherwise: string[] = []
  for (const [key, { known }] of erased) {
    const [now, then] = [here.get(key), there.get(key)]
    if (then === undefined) continue
    for (const by of known) {
      const wanted = now === undefined ? [] : await hashesOf(live.side, now, by, then.data)
      if (wanted.join() !== (await hashesOf(copy.side, then, by, then.data)).join()) otherwise.push(shown(then))
    }
  }
  if (otherwise.length > 0) throw refuse('erased_returned', { tables: otherwise })
}

type Holder = { readonly side: Side; readonly catalogue: Catalogue }

async function hashesOf(side: Side, table: Table, known: KnownBy, columns: readonly Column[]): Promise<string[]> {
  // Nobody stands there who could be read by columns that are not there.
  if (!holds(table, columns)) return (await placesOf(side, table, known)).map(String)
  const found = await rowsOfKnown<{ hash: string }>(side, table, known, `${rowHash(columns, 't')}::text AS hash`)
  return found.map(({ hash }) => hash).sort()
}

/**
 * Foreign keys within the scope that what takes no part can leave dangling: returning rows that point at a record which stays away, and rows that stay as
 * they are while what they point at goes. Where the reference could not be emptied, nothing is committed.
 */
export function erasedEdges(foreignKeys: readonly Edge[], catalogue: Catalogue, erased: Erased): Edge[] {
  const within = new Set(rowTables(catalogue).map(nameKey))
  const inside = (table: TableName) => within.has(nameKey(table))
  return foreignKeys.flatMap((edge): Edge[] => {
    const [fromTables, toTables] = [edge.fromTables.filter(inside), edge.toTables.filter(inside)]
    const staying = fromTables.filter((table) => (erased.get(nameKey(table))?.staying.size ?? 0) > 0)
    const away = toTables.filter((table) => (erased.get(nameKey(table))?.snapshot.size ?? 0) > 0)
    const always = { ...edge, nulled: edge.cascades ? [] : edge.nulled, alwaysNulled: true } as const
    return [
      ...(away.length > 0 && fromTables.length > 0
        ? [{ ...always, direction: 'outward', fromTables, toTables: away } as const]
        : []),
      ...(staying.length > 0 && toTables.length > 0
        ? [{ ...always, nulled: edge.nulled, direction: 'inward', fromTables: staying, toTables } as const]
        : []),
    ]
  })
}
