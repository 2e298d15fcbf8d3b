import { one, rows, type Side } from '../side.ts'

/** Rows and the sum of their hashes (modulo 2⁶⁴) by bucket, which is the hash's lowest `bits`. */
export type BucketSums = { readonly bits: number; readonly rows: Int32Array; readonly sums: BigInt64Array }

const rowsPerBucket = 30
const maximumBits = 16

/** How many bits of a hash name its bucket, for a table that is no larger than so many bytes. */
export function bucketBits(bytes: number): number {
  const rowsAtMost = bytes / 60
  return rowsAtMost < 2000 ? 0 : Math.min(maximumBits, Math.ceil(Math.log2(rowsAtMost / rowsPerBucket)))
}

export async function tableBytes(side: Side, quotedTable: string): Promise<number> {
  const { bytes } = await one<{ bytes: string }>(side, 'SELECT pg_relation_size($1::regclass)::text AS bytes', [quotedTable])
  return Number(bytes)
}

/** `h & mask`, for SQL. */
function bucketMask(bits: number): bigint {
  return 2n ** BigInt(bits) - 1n
}

/** Sums of what `hashed` (a select that gives `h`) gives. */
export async function sumBuckets(side: Side, hashed: string, bits: number): Promise<BucketSums> {
  const mask = bucketMask(bits)
  const found = await rows<{ bucket: number; rows: string; sum: string }>(
    side,
    `SELECT (h & ${mask})::int4 AS bucket, count(*)::text AS rows, sum(h)::text AS sum FROM (${hashed}) AS hashed GROUP BY 1`,
  )
  const sums = emptySums(bits)
  for (const { bucket, rows: count, sum } of found) putBucket(sums, bucket, count, sum)
  return sums
}

export function emptySums(bits: number): BucketSums {
  return { bits, rows: new Int32Array(2 ** bits), sums: new BigInt64Array(2 ** bits) }
}

/** `count` and `sum` as the server's text; a sum has no bounds there. */
export function putBucket({ rows: counts, sums }: BucketSums, bucket: number, count: string, sum: string): void {
  counts[bucket] = Number(count)
  sums[bucket] = BigInt.asIntN(64, BigInt(sum))
}

export function differingBuckets(a: BucketSums, b: BucketSums): number[] {
  const differing: number[] = []
  for (let bucket = 0; bucket < a.rows.length; bucket++)
    if (a.rows[bucket] !== b.rows[bucket] || a.sums[bucket] !== b.sums[bucket]) differing.push(bucket)
  return differing
}

export function countRows({ rows: counts }: BucketSums): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The condition that `h` lies in one of the buckets. */
export function inBuckets(bits: number, buckets: readonly number[]): string {
  return bits === 0 ? 'true' : `h & ${bucketMask(bits)} = ANY ('{${buckets.join(',')}}'::int8[])`
}
