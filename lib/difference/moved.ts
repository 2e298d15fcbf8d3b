import type { Table } from './catalogue.ts'
import { onBoth } from './compare/exact.ts'
import { collectRows } from './compare/hash-stream.ts'
import { rowHash } from './compare/row-hash.ts'
import { placeFromText, placeText, placeTexts, type Row, type RowSet, rowSetOf, rowsOf } from './row-set.ts'
import { one, rows, type Side } from './side.ts'

/** What happened to a table since the frozen side's instant. */
export type Moved = {
  /** Row versions that are there now and were not then. Places and hashes of now. */
  readonly fresh: RowSet
  /** Row versions that were there then and are gone now. The frozen side still sees them, and keeps VACUUM from taking them. */
  readonly gone: RowSet
  readonly rowsNow: number
}

/**
 * What tells old from new since the frozen side's instant. A row version with an xmin older than `xid` was there then; one whose xmax is older has
 * not been deleted since. Row locks shared by several are kept as multixacts, which count by themselves.
 */
export type Horizon = { readonly xid: string; readonly multixact: string }

export async function horizonOf(frozen: Side): Promise<Horizon> {
  // The last checkpoint's next multixact is no later than the instant's, which is all that is needed.
  return one<Horizon>(
    frozen,
    `SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS xid, next_multixact_id::text AS multixact FROM pg_control_checkpoint()`,
  )
}

/**
 * Finds what moved in a locked table since the frozen side's instant, in one pass on each side over row headers (no hashing), both at once. By age,
 * which may name a row too many but never one too few; each is then looked for on the other side. A place is the same row version on both: the frozen
 * side keeps VACUUM from giving it to another.
 */
export async function findMoved(locked: Side, frozen: Side, table: Table, horizon: Horizon): Promise<Moved> {
  const [{ total, young }, ending] = await onBoth(youngRows(locked, table, horizon), endingRows(frozen, table, horizon))
  const [known, still] = await onBoth(visiblePlaces(frozen, table, young), visiblePlaces(locked, table, ending))
  const fresh = young.filter((place) => !known.has(place))
  const gone = ending.filter((place) => !still.has(place))
  const [freshRows, goneRows] = await onBoth(hashesAt(locked, table, fresh), hashesAt(frozen, table, gone))
  return { fresh: freshRows, gone: goneRows, rowsNow: total }
}

async function youngRows(locked: Side, table: Table, horizon: Horizon): Promise<{ total: number; young: number[] }> {
  const { total, young } = await one<{ total: string; young: string[] | null }>(
    locked,
    `SELECT count(*)::text AS total, array_agg(ctid::text) FILTER (WHERE age(xmin) <= (SELECT age('${horizon.xid}'::xid))) AS young FROM ONLY ${table.quoted}`,
  )
  return { total: Number(total), young: (young ?? []).map(placeFromText) }
}

// A row version that was only locked bears the locker in xmax, and may be named here for nothing. The horizon's own age is a sub-select so that it
// is asked once, and the likelier miss comes first: this runs while writers wait.
async function endingRows(frozen: Side, table: Table, horizon: Horizon): Promise<number[]> {
  const found = await rows<{ place: string }>(
    frozen,
    `SELECT ctid::text AS place FROM ONLY ${table.quoted} WHERE xmax <> '0'::xid
       AND ((age(xmax) <= (SELECT age('${horizon.xid}'::xid)) AND age(xmax) >= 0)
         OR (mxid_age(xmax) >= 0 AND mxid_age(xmax) <= (SELECT mxid_age('${horizon.multixact}'::xid))))`,
  )
  return found.map(({ place }) => placeFromText(place))
}

/** The rows at the places as the side sees them. */
async function hashesAt(side: Side, table: Table, places: readonly number[]): Promise<RowSet> {
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
