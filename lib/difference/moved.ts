import type { Table } from './catalogue.ts'
import { collectRows } from './compare/hash-stream.ts'
import { rowHash } from './compare/row-hash.ts'
import { noRows, placeFromText, placeText, placeTexts, type Row, type RowSet, rowSetOf, rowsOf } from './row-set.ts'
import { one, rows, type Side } from './side.ts'

/** What happened to a table since the frozen side's instant. */
export type Moved = {
  /** Row versions that are there now and were not then. Places and hashes of now. */
  readonly fresh: RowSet
  /** Row versions that were there then and are gone now. The frozen side still sees them, and keeps VACUUM from taking them. */
  readonly gone: RowSet
  readonly rowsNow: number
}

/** The frozen side's horizon: a row version with an older xmin was there then, unless it has been deleted since. */
export async function horizonOf(frozen: Side): Promise<string> {
  const { horizon } = await one<{ horizon: string }>(
    frozen,
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS horizon',
  )
  return horizon
}

/**
 * Finds what moved in a locked table since the frozen side's instant, in one pass over row headers (no hashing): young rows by `age(xmin)`, which
 * may name a row too many but never one too few, and deletions by counting the survivors. Only when some are missing is it asked which.
 */
export async function findMoved(locked: Side, frozen: Side, table: Table, horizon: string, rowsThen: number): Promise<Moved> {
  const { total, young } = await one<{ total: string; young: string[] | null }>(
    locked,
    `SELECT count(*)::text AS total, array_agg(ctid::text) FILTER (WHERE age(xmin) <= age('${horizon}'::xid)) AS young FROM ONLY ${table.quoted}`,
  )
  const places = (young ?? []).map(placeFromText)
  const known = await visiblePlaces(frozen, table, places)
  const fresh = places.filter((place) => !known.has(place))
  const rowsNow = Number(total)
  const survivors = rowsNow - fresh.length
  return {
    fresh: await hashesAt(locked, table, fresh),
    gone: survivors === rowsThen ? noRows : await findGone(locked, frozen, table),
    rowsNow,
  }
}

/** The rows at the places as the side sees them. */
export async function hashesAt(side: Side, table: Table, places: readonly number[]): Promise<RowSet> {
  const found: Row[] = []
  const wanted = { length: places.length, places: Float64Array.from(places), hashes: new BigInt64Array(places.length) }
  for (const texts of placeTexts(wanted)) {
    const list = texts.map((text) => `"${text}"`).join(',')
    const some = await collectRows(
      side,
      `SELECT t.ctid, ${rowHash(table.data, 't')} FROM ONLY ${table.quoted} AS t WHERE t.ctid = ANY ('{${list}}'::tid[])`,
    )
    found.push(...rowsOf(some))
  }
  return rowSetOf(found)
}

// A row version deleted since bears the deleter in xmax; so does one that was only locked, hence the second look.
async function findGone(locked: Side, frozen: Side, table: Table): Promise<RowSet> {
  const touched = await rows<{ place: string }>(
    frozen,
    `SELECT ctid::text AS place FROM ONLY ${table.quoted} WHERE xmax <> '0'::xid`,
  )
  const places = touched.map(({ place }) => placeFromText(place))
  const still = await visiblePlaces(locked, table, places)
  return hashesAt(
    frozen,
    table,
    places.filter((place) => !still.has(place)),
  )
}

async function visiblePlaces(side: Side, table: Table, places: readonly number[]): Promise<Set<number>> {
  const visible = new Set<number>()
  for (let at = 0; at < places.length; at += 20_000) {
    const found = await rows<{ place: string }>(
      side,
      `SELECT ctid::text AS place FROM ONLY ${table.quoted} WHERE ctid = ANY ($1::tid[])`,
      [places.slice(at, at + 20_000).map(placeText)],
    )
    for (const { place } of found) visible.add(placeFromText(place))
  }
  return visible
}
