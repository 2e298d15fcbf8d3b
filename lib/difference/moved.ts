import { findByKey, readKeyTexts } from './by-key.ts'
import type { Table } from './catalogue.ts'
import { hashesAt, rowSetAt } from './compare/hashes-at.ts'
import { onBoth } from './compare/row-difference.ts'
import { quoteText } from './names.ts'
import { shareOut } from './readers.ts'
import { noRows, placeFromText, placeText, type RowSet } from './row-set.ts'
import { one, rollBackQuietly, rows, run, type Side } from './side.ts'

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
 * not been deleted since. Row locks shared by several are kept as multixacts, which count by themselves. `snapshot` lets others see the same instant.
 */
export type Horizon = { readonly xid: string; readonly multixact: string; readonly snapshot: string }

export async function horizonOf(frozen: Side): Promise<Horizon> {
  // The last checkpoint's next multixact is no later than the instant's, which is all that is needed.
  return one<Horizon>(
    frozen,
    `SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS xid, next_multixact_id::text AS multixact, pg_export_snapshot() AS snapshot
     FROM pg_control_checkpoint()`,
  )
}

/** A table with the number of rows that the frozen side sees in it. */
export type Counted = { readonly live: Table; readonly rowsThen: number }

/**
 * Finds what moved in locked tables since the frozen side's instant. Where `written` knows which blocks of a table were written since, only those are
 * looked at. Of the others, one pass over row headers (no hashing) tells what is young and how many rows
 * there are; where these do not add up, rows went: mostly fresh rows bear their keys, else a pass as of then tells which. Both passes go by age,
 * which may name a row too many but never one too few; each is then looked for on the other side. A place is the same row version on both: the
 * frozen side keeps VACUUM from giving it to another. Writers wait for this, so the tables are shared out among the readers.
 */
export async function findMoved<T extends Counted>(
  locked: Side,
  frozen: Side,
  readers: readonly Side[],
  tables: readonly T[],
  horizon: Horizon,
  written: ReadonlyMap<number, readonly number[]> | null,
): Promise<(readonly [T, Moved])[]> {
  const moved: (readonly [T, Moved])[] = []
  for (const table of tables) {
    const blocks = written?.get(table.live.oid)
    if (blocks) moved.push([table, await movedWithin(locked, frozen, table, horizon, blocks)])
  }
  const others = tables.filter(({ live }) => !written?.has(live.oid))
  return [...moved, ...(await movedAnywhere(locked, frozen, readers, others, horizon))]
}

/** What is in neither is in blocks that nobody wrote to since: a new row version is written to its block, and so is the end of an old one. */
async function movedWithin(
  locked: Side,
  frozen: Side,
  { live, rowsThen }: Counted,
  horizon: Horizon,
  blocks: readonly number[],
): Promise<Moved> {
  if (blocks.length === 0) return { fresh: noRows, gone: noRows, rowsNow: rowsThen }
  const { places } = await youngRows(locked, live, horizon, blocks)
  const known = await visiblePlaces(frozen, live, places)
  const fresh = places.filter((place) => !known.has(place))
  const gone = await noLonger(locked, live, await endingRows(frozen, live, horizon, blocks))
  return { ...(await asRows(locked, frozen, live, fresh, gone)), rowsNow: rowsThen + fresh.length - gone.length }
}

async function movedAnywhere<T extends Counted>(
  locked: Side,
  frozen: Side,
  readers: readonly Side[],
  tables: readonly T[],
  horizon: Horizon,
): Promise<(readonly [T, Moved])[]> {
  const largestFirst = [...tables].sort((a, b) => b.rowsThen - a.rowsThen)
  const young = await shareOut([locked, ...readers], largestFirst, (side, { live }) => youngRows(side, live, horizon))
  const found: Found<T>[] = []
  for (const [table, { total, places }] of young) {
    const known = await visiblePlaces(frozen, table.live, places)
    const fresh = places.filter((place) => !known.has(place))
    found.push({ table, fresh, rowsNow: total, rowsGone: table.rowsThen + fresh.length - total })
  }
  const replaced = await replacedByKey(locked, frozen, found)
  const passed = await shareOut(
    [frozen, ...readers],
    found.filter((one) => one.rowsGone !== 0 && !replaced.has(one)),
    async (side, { table }) => {
      const work = () => endingRows(side, table.live, horizon)
      return side === frozen ? work() : asOf(side, horizon, work)
    },
  )
  const moved: (readonly [T, Moved])[] = []
  for (const one of found) {
    const { live } = one.table
    const gone = replaced.get(one) ?? (await noLonger(locked, live, passed.get(one) ?? []))
    if (gone.length !== one.rowsGone)
      throw new Error(`${gone.length} rows went from ${live.quoted} since the comparison, but ${one.rowsGone} are missing`)
    moved.push([one.table, { ...(await asRows(locked, frozen, live, one.fresh, gone)), rowsNow: one.rowsNow }])
  }
  return moved
}

async function asRows(
  locked: Side,
  frozen: Side,
  live: Table,
  fresh: readonly number[],
  gone: readonly number[],
): Promise<Pick<Moved, 'fresh' | 'gone'>> {
  const [freshRows, rowsThatWent] = await onBoth(
    hashesAt(locked, live, live.quoted, fresh),
    hashesAt(frozen, live, live.quoted, gone),
  )
  return { fresh: freshRows, gone: rowsThatWent }
}

type Found<T extends Counted> = { table: T; fresh: number[]; rowsNow: number; rowsGone: number }

// An update leaves one key on two row versions: where all that went was replaced so, it is found by the fresh rows' keys.
async function replacedByKey<T extends Counted>(
  locked: Side,
  frozen: Side,
  found: readonly Found<T>[],
): Promise<Map<Found<T>, number[]>> {
  const replaced = new Map<Found<T>, number[]>()
  for (const one of found.filter(({ rowsGone, fresh }) => rowsGone > 0 && rowsGone <= fresh.length)) {
    const { live } = one.table
    const keys = await readKeyTexts(locked, live, live.quoted, rowSetAt(one.fresh))
    const places = keys === null ? [] : (await findByKey(frozen, live, keys, 't.ctid')).map(placeFromText)
    const gone = await noLonger(locked, live, places)
    if (gone.length === one.rowsGone) replaced.set(one, gone)
  }
  return replaced
}

async function noLonger(locked: Side, table: Table, places: readonly number[]): Promise<number[]> {
  const still = await visiblePlaces(locked, table, places)
  return places.filter((place) => !still.has(place))
}

/** Runs `work` on the side as of the frozen side's instant. */
async function asOf<T>(side: Side, { snapshot }: Horizon, work: () => Promise<T>): Promise<T> {
  try {
    await run(side, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY NOT DEFERRABLE')
    await run(side, `SET TRANSACTION SNAPSHOT ${quoteText(snapshot)}`)
    return await work()
  } finally {
    await rollBackQuietly(side)
  }
}

/** `total` is that of the blocks, where there are some. */
async function youngRows(
  locked: Side,
  table: Table,
  horizon: Horizon,
  blocks?: readonly number[],
): Promise<{ total: number; places: number[] }> {
  const { total, young } = await one<{ total: string; young: string[] | null }>(
    locked,
    `SELECT count(*)::text AS total, array_agg(ctid::text) FILTER (WHERE age(xmin) <= (SELECT age('${horizon.xid}'::xid))) AS young
     FROM ONLY ${table.quoted} WHERE ${blocks ? placesWithin : 'true'}`,
    blocks ? [blocks] : [],
  )
  return { total: Number(total), places: (young ?? []).map(placeFromText) }
}

// A row version that was only locked bears the locker in xmax, and may be named here for nothing. The horizon's own age is a sub-select so that it
// is asked once, and the likelier miss comes first.
async function endingRows(frozen: Side, table: Table, horizon: Horizon, blocks?: readonly number[]): Promise<number[]> {
  const found = await rows<{ place: string }>(
    frozen,
    `SELECT ctid::text AS place FROM ONLY ${table.quoted} WHERE xmax <> '0'::xid
       AND ((age(xmax) <= (SELECT age('${horizon.xid}'::xid)) AND age(xmax) >= 0)
         OR (mxid_age(xmax) >= 0 AND mxid_age(xmax) <= (SELECT mxid_age('${horizon.multixact}'::xid))))
       AND ${blocks ? placesWithin : 'true'}`,
    blocks ? [blocks] : [],
  )
  return found.map(({ place }) => placeFromText(place))
}

/** Every place that the blocks of `$1` can hold: a row takes at least 24 bytes and its pointer 4. */
const placesWithin = `ctid = ANY (ARRAY(
  SELECT format('(%s,%s)', block, place)::tid FROM unnest($1::bigint[]) AS block,
    generate_series(1, current_setting('block_size')::int / 28) AS place))`

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
