import type { Pair } from '../drift.ts'
import { placeFromText, type RowSet, rowsOf, sortByHash } from '../row-set.ts'
import { rows, type Side } from '../side.ts'
import type { TableBaseline } from './baseline.ts'
import { type BucketSums, countRows, differingBuckets, emptySums, inBuckets, putBucket } from './buckets.ts'
import { streamRows } from './hash-stream.ts'
import { hashesAt } from './hashes-at.ts'
import { keyHash } from './key-hash.ts'
import { cancelEqual, onBoth, type RowDifference } from './row-difference.ts'

/**
 * By age: a row version of live that was written since the snapshot's instant is new or changed; all others are the snapshot's own, untouched. Which of the
 * snapshot's rows are not among them is told by sums of key hashes, kept at capture. Live is read once, by headers and keys; the snapshot only where
 * something went. A transaction id that wrapped, or a rewrite that changed nothing, is only a row looked at for nothing. Null where the sums do not bear it out.
 */
export async function compareByWatermark(
  live: Side,
  snapshot: Side,
  pair: Pair,
  { keys }: Pick<TableBaseline, 'keys'>,
  horizon: string,
): Promise<RowDifference | null> {
  const hash = keyHash(pair.live, 't')
  if (hash === null || keys === null || keys.columns.join() !== pair.live.key.join()) return null
  const young = `age(t.xmin) <= (SELECT age('${horizon}'::xid8::xid))`
  const { survivors, places } = await readLive(live, pair, hash, young, keys.sums.bits)
  const counted = { rowsLive: countRows(survivors) + places.length, rowsSnapshot: countRows(keys.sums) }
  const buckets = differingBuckets(survivors, keys.sums)
  const gone = buckets.length === 0 ? [] : await findGone(live, snapshot, pair, { hash, young, bits: keys.sums.bits, buckets })
  if (gone === null || gone.length !== counted.rowsSnapshot - countRows(survivors)) return null
  const [fresh, missing] = await onBoth(
    hashesAt(live, pair.live, pair.live.quoted, places),
    hashesAt(snapshot, pair.live, pair.snapshot.quoted, gone),
  )
  return { ...counted, ...(await cancelEqual(inHashOrder(fresh), inHashOrder(missing))) }
}

/** One pass: what survived, summed by bucket, and where the young ones are. */
async function readLive(
  live: Side,
  pair: Pair,
  hash: string,
  young: string,
  bits: number,
): Promise<{ survivors: BucketSums; places: number[] }> {
  const found = await rows<{ bucket: number | null; rows: string; sum: string; places: string[] | null }>(
    live,
    `SELECT CASE WHEN NOT young THEN (h & ${2n ** BigInt(bits) - 1n})::int4 END AS bucket, count(*)::text AS rows, sum(h)::text AS sum,
       array_agg(c::text) FILTER (WHERE young) AS places
     FROM (SELECT t.ctid AS c, ${hash} AS h, ${young} AS young FROM ONLY ${pair.live.quoted} AS t OFFSET 0) AS hashed GROUP BY 1`,
  )
  const survivors = emptySums(bits)
  const places: number[] = []
  for (const { bucket, rows: count, sum, places: some } of found) {
    if (bucket !== null) putBucket(survivors, bucket, count, sum)
    for (const place of some ?? []) places.push(placeFromText(place))
  }
  return { survivors, places }
}

type Search = { readonly hash: string; readonly young: string; readonly bits: number; readonly buckets: readonly number[] }

/** Places of the snapshot's rows whose key no survivor bears; null where a survivor bears a key that the snapshot has not. */
async function findGone(
  live: Side,
  snapshot: Side,
  pair: Pair,
  { hash, young, bits, buckets }: Search,
): Promise<number[] | null> {
  const keysOf = (table: string, which: string) =>
    `SELECT c, h FROM (SELECT t.ctid AS c, ${hash} AS h, ${which} AS wanted FROM ONLY ${table} AS t OFFSET 0) AS hashed
     WHERE wanted AND ${inBuckets(bits, buckets)} ORDER BY h, c`
  const { onlyLive, onlySnapshot } = await cancelEqual(
    streamRows(live, keysOf(pair.live.quoted, `NOT (${young})`)),
    streamRows(snapshot, keysOf(pair.snapshot.quoted, 'true')),
  )
  return onlyLive.length > 0 ? null : Array.from(rowsOf(onlySnapshot), ({ place }) => place)
}

async function* inHashOrder(found: RowSet): AsyncGenerator<RowSet> {
  yield sortByHash(found)
}
