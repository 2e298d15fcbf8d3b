import { nameKey, type TableName } from '#lib/difference/names.ts'
import type { Found, FoundRecord, SearchRequest, SnapshotRef } from '../../port.ts'

/** A table whose records are looked for, as one place has it. */
export type Keyed = { table: TableName; key: readonly { name: string }[]; inCrm: boolean }

/** One record as one place has it; two states of it have different marks. */
export type Hit = {
  key: string[]
  title: string | null
  who: string | null
  when: string | null
  /** Of a record in the portal's recycle bin: since when, or nothing more than that. */
  bin: string | null
  mark: string | null
}

/** The live portal or a point. `tables` are those that take part, `names` those that are there at all; null as long as it was not entered. */
export type Place = {
  id: string | null
  databaseName: string
  tables: Map<string, Keyed> | null
  names: Set<string>
}
export type Point = Place & { ref: SnapshotRef }

/** A record and where it was met: `marks` by place (null: it is there, as what cannot be told), and the places that were asked and do not have it. */
export type FoundAt = {
  searched: Keyed
  hit: Hit
  /** Where `hit` is from: live first, then the newest. */
  from: number
  /** As live has it. */
  bin: string | null
  marks: Map<Place, string | null>
  /** Where the words are in its text. */
  worded: Set<Place>
  absent: Set<Place>
}

export type Deletions = Map<FoundAt, { who: string | null; when: string | null }>

type LeftOut = Found['leftOut'][number]

/** What is known so far. */
export type Ledger = {
  request: SearchRequest
  live: Place
  points: Point[]
  found: Map<string, FoundAt>
  chosen: FoundAt[]
  truncated: boolean
  leftOut: Map<string, LeftOut>
  /** Points of which nothing is known, and the tables that they have, as far as even that is known. */
  silent: { why: LeftOut['why']; tables: readonly TableName[] }[]
  unread: Found['unread']
  deletions: Deletions
  /** Records that nobody is to find, by `erasedKey` (S66). */
  erased: ReadonlySet<string>
}

export function newLedger(request: SearchRequest): Ledger {
  const listed = request.portal.protection?.erased ?? []
  return {
    request,
    live: { id: null, databaseName: request.portal.databaseName, tables: null, names: new Set() },
    points: request.points.map((ref) => ({ id: ref.id, databaseName: ref.databaseName, ref, tables: null, names: new Set() })),
    found: new Map(),
    chosen: [],
    truncated: false,
    leftOut: new Map(),
    silent: [],
    unread: [],
    deletions: new Map(),
    erased: new Set(listed.flatMap(({ table, columns, keys }) => keys.map((key) => erasedKey(table, columns, key)))),
  }
}

/** Whatever the order of the key's columns. */
function erasedKey(table: TableName, columns: readonly string[], key: readonly string[]): string {
  return JSON.stringify([nameKey(table), columns.map((name, at) => [name, key[at]]).sort()])
}

export const tableKey = ({ table }: Pick<Keyed, 'table'>): string => nameKey(table)
const recordKey = (searched: Keyed, key: readonly string[]): string => `${tableKey(searched)}\0${key.join('\0')}`

export function leave(ledger: Ledger, left: LeftOut): void {
  ledger.leftOut.set(nameKey({ schema: left.schema, name: left.table }), left)
}

/** Names what a silent point keeps to itself: the tables it has, else those that live has; a reason that is known already stands. */
export function leaveSilent(ledger: Ledger): void {
  const ofLive = [...(ledger.live.tables?.values() ?? [])].map(({ table }) => table)
  for (const { why, tables } of ledger.silent)
    for (const { schema, name } of tables.length > 0 ? tables : ofLive)
      if (!ledger.leftOut.has(nameKey({ schema, name }))) leave(ledger, { schema, table: name, why })
}

/** A place has the record, with the words in its text. Of one that was erased nothing is told, whatever any place still has of it (S66). */
export function note(ledger: Ledger, place: Place, searched: Keyed, hit: Hit): void {
  const columns = searched.key.map(({ name }) => name)
  if (ledger.erased.size > 0 && ledger.erased.has(erasedKey(searched.table, columns, hit.key))) return
  const key = recordKey(searched, hit.key)
  const from = ledger.points.findIndex(({ id }) => id === place.id)
  const known = ledger.found.get(key)
  const bin = place === ledger.live ? hit.bin : null
  if (known === undefined) {
    const marks = new Map([[place, hit.mark]])
    ledger.found.set(key, { searched, hit, from, bin, marks, worded: new Set([place]), absent: new Set() })
    return
  }
  known.marks.set(place, hit.mark)
  known.bin ??= bin
  known.worded.add(place)
  if (from < known.from) Object.assign(known, { searched, hit, from })
}

/** Not those whose key has a letter that could not be read: no place knows it by that, and it would be taken for gone. */
export const unasked = (place: Place, records: readonly FoundAt[]): FoundAt[] =>
  records.filter(
    ({ marks, absent, hit }) => !marks.has(place) && !absent.has(place) && !hit.key.some((part) => part.includes('\ufffd')),
  )

/** Those that are gone first, the latest gone before all; then those that are otherwise now, then the rest. */
export function choose(ledger: Ledger): void {
  const { found, live, points, request } = ledger
  const newest = ({ marks }: FoundAt) => points.findIndex((place) => marks.has(place))
  const kind = (one: FoundAt) => (!one.marks.has(live) ? 0 : changedSince(one, ledger) === null ? 2 : 1)
  const all = [...found.values()].sort((one, other) => kind(one) - kind(other) || newest(one) - newest(other))
  ledger.chosen = all.slice(0, request.limit)
  if (all.length > request.limit) ledger.truncated = true
}

export function record(found: FoundAt, ledger: Ledger, deletions: Deletions): FoundRecord {
  const { searched, hit, marks, absent, bin } = found
  const { points, live } = ledger
  return {
    schema: searched.table.schema,
    table: searched.table.name,
    key: Object.fromEntries(searched.key.map(({ name }, at) => [name, hit.key[at] ?? ''])),
    title: hit.title,
    who: hit.who,
    when: hit.when,
    inCrm: searched.inCrm,
    live: marks.has(live) || (absent.has(live) ? false : null),
    presentIn: points.filter((place) => marks.has(place)).flatMap(idOf),
    unknownIn: points.filter((place) => !marks.has(place) && !absent.has(place)).flatMap(idOf),
    changedSince: changedSince(found, ledger),
    deleted: deletions.get(found) ?? null,
    inBin: bin === null ? null : { since: bin || null },
  }
}

function changedSince({ marks }: FoundAt, { live, points }: Ledger): string | null {
  const now = marks.get(live) ?? null
  if (now === null) return null
  return points.find((place) => (marks.get(place) ?? now) !== now)?.id ?? null
}

const idOf = ({ id }: Place): string[] => (id === null ? [] : [id])
