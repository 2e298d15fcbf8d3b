import type { Pair } from '../drift.ts'
import type { Side } from '../side.ts'
import { bucketBits, countRows, differingBuckets, inBuckets, sumBuckets, tableBytes } from './buckets.ts'
import { streamRows } from './hash-stream.ts'
import { cancelEqual, nowhere, onBoth, type RowDifference } from './row-difference.ts'
import { rowHash } from './row-hash.ts'

/**
 * The exact way, and the oracle of all others: needs nothing but both tables. A row is its hash, a table a multiset of them. Sums of hashes
 * by bucket first, computed where the rows are; then only the buckets whose sums differ are streamed, sorted, and merged.
 */
export async function compareExactly(live: Side, snapshot: Side, pair: Pair): Promise<RowDifference> {
  const hash = rowHash(pair.live.compared, 't')
  const sizes = await onBoth(tableBytes(live, pair.live.quoted), tableBytes(snapshot, pair.snapshot.quoted))
  const bits = bucketBits(Math.max(...sizes))
  const hashed = (table: string) => `SELECT t.ctid AS c, ${hash} AS h FROM ONLY ${table} AS t OFFSET 0`
  const [here, there] = await onBoth(
    sumBuckets(live, hashed(pair.live.quoted), bits),
    sumBuckets(snapshot, hashed(pair.snapshot.quoted), bits),
  )
  const counted = { rowsLive: countRows(here), rowsSnapshot: countRows(there) }
  const buckets = differingBuckets(here, there)
  if (buckets.length === 0) return { ...counted, ...nowhere }
  const sorted = (table: string) =>
    `SELECT c, h FROM (${hashed(table)}) AS hashed WHERE ${inBuckets(bits, buckets)} ORDER BY h, c`
  const only = await cancelEqual(streamRows(live, sorted(pair.live.quoted)), streamRows(snapshot, sorted(pair.snapshot.quoted)))
  return { ...counted, ...only }
}
