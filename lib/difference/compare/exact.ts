import type { Pair } from '../drift.ts'
import { noRows, type RowSet } from '../row-set.ts'
import { one, rows, type Side } from '../side.ts'
import { RowCollector, RowCursor, streamRows } from './hash-stream.ts'
import { rowHash } from './row-hash.ts'

export type RowDifference = {
  readonly onlyLive: RowSet
  readonly onlySnapshot: RowSet
  readonly rowsLive: number
  readonly rowsSnapshot: number
}

const rowsPerBucket = 30
const maximumBits = 16

/**
 * The exact way, and the oracle of all others: needs nothing but both tables. A row is its hash, a table a multiset of them. Sums of hashes
 * by bucket first, computed where the rows are; then only the buckets whose sums differ are streamed, sorted, and merged.
 */
export async function compareExactly(live: Side, snapshot: Side, pair: Pair): Promise<RowDifference> {
  const hash = rowHash(pair.live.data, 't')
  const mask = 2n ** BigInt(await bucketBits(live, snapshot, pair)) - 1n
  const [here, there] = await onBoth(
    bucketSums(live, pair.live.quoted, hash, mask),
    bucketSums(snapshot, pair.snapshot.quoted, hash, mask),
  )
  const buckets = differing(here.sums, there.sums)
  const counted = { rowsLive: here.rows, rowsSnapshot: there.rows }
  if (buckets.length === 0) return { ...counted, onlyLive: noRows, onlySnapshot: noRows }
  const sorted = (table: string) =>
    `SELECT c, h FROM (SELECT t.ctid AS c, ${hash} AS h FROM ONLY ${table} AS t OFFSET 0) AS hashed
     WHERE ${mask === 0n ? 'true' : `h & ${mask} = ANY ('{${buckets.join(',')}}'::int8[])`} ORDER BY h, c`
  const merged = await merge(
    new RowCursor(streamRows(live, sorted(pair.live.quoted))),
    new RowCursor(streamRows(snapshot, sorted(pair.snapshot.quoted))),
  )
  return { ...counted, ...merged }
}

/** Waits for both even when one fails: a query left running would meet the next one on its connection. */
export async function onBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return Promise.all([a, b])
}

async function bucketBits(live: Side, snapshot: Side, pair: Pair): Promise<number> {
  const size = (side: Side, table: string) =>
    one<{ bytes: string }>(side, 'SELECT pg_relation_size($1::regclass)::text AS bytes', [table])
  const [here, there] = await onBoth(size(live, pair.live.quoted), size(snapshot, pair.snapshot.quoted))
  const rowsAtMost = Math.max(Number(here.bytes), Number(there.bytes)) / 60
  return rowsAtMost < 2000 ? 0 : Math.min(maximumBits, Math.ceil(Math.log2(rowsAtMost / rowsPerBucket)))
}

type Sums = { readonly rows: number; readonly sums: Map<string, string> }

async function bucketSums(side: Side, table: string, hash: string, mask: bigint): Promise<Sums> {
  const found = await rows<{ bucket: string; rows: string; sum: string }>(
    side,
    `SELECT (h & ${mask})::text AS bucket, count(*)::text AS rows, sum(h)::text AS sum
     FROM (SELECT ${hash} AS h FROM ONLY ${table} AS t OFFSET 0) AS hashed GROUP BY h & ${mask}`,
  )
  return {
    rows: found.reduce((sum, bucket) => sum + Number(bucket.rows), 0),
    sums: new Map(found.map((bucket) => [bucket.bucket, `${bucket.rows}:${bucket.sum}`])),
  }
}

function differing(a: Map<string, string>, b: Map<string, string>): string[] {
  const all = new Set([...a.keys(), ...b.keys()])
  return [...all].filter((bucket) => a.get(bucket) !== b.get(bucket))
}

// Both sorted by hash: equal rows cancel each other one by one, so duplicates need no special case.
async function merge(here: RowCursor, there: RowCursor): Promise<Pick<RowDifference, 'onlyLive' | 'onlySnapshot'>> {
  const onlyLive = new RowCollector()
  const onlySnapshot = new RowCollector()
  try {
    while ((await here.hasRow()) && (await there.hasRow())) {
      const a = here.row()
      const b = there.row()
      if (a.hash < b.hash) onlyLive.add(a)
      if (b.hash < a.hash) onlySnapshot.add(b)
      if (a.hash <= b.hash) here.pass()
      if (b.hash <= a.hash) there.pass()
    }
    for (; await here.hasRow(); here.pass()) onlyLive.add(here.row())
    for (; await there.hasRow(); there.pass()) onlySnapshot.add(there.row())
  } finally {
    // Whatever stopped it, neither connection may be left in the middle of a COPY.
    await Promise.allSettled([here.close(), there.close()])
  }
  return { onlyLive: onlyLive.rows(), onlySnapshot: onlySnapshot.rows() }
}
