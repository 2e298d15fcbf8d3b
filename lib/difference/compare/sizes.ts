import type { Pair } from '../drift.ts'
import { rows, type Side } from '../side.ts'
import { onBoth } from './row-difference.ts'

/** What a table is expected to cost: bytes on both sides together, about how many rows that is, and how many blocks the larger side has. */
export type TableSize = { readonly bytes: number; readonly rows: number; readonly blocks: number }

/** From files and statistics alone: nothing is read for it. */
export async function readSizes(live: Side, snapshot: Side, pairs: readonly Pair[]): Promise<Map<Pair, TableSize>> {
  const [here, there] = await onBoth(
    sizesOn(
      live,
      pairs.map((pair) => pair.live.oid),
    ),
    sizesOn(
      snapshot,
      pairs.map((pair) => pair.snapshot.oid),
    ),
  )
  const sizeOf = (pair: Pair): TableSize => {
    const [one, other] = [here.get(pair.live.oid) ?? nothing, there.get(pair.snapshot.oid) ?? nothing]
    return { bytes: one.bytes + other.bytes, rows: one.rows + other.rows, blocks: Math.max(one.blocks, other.blocks) }
  }
  return new Map(pairs.map((pair) => [pair, sizeOf(pair)]))
}

const nothing: TableSize = { bytes: 0, rows: 0, blocks: 0 }

// As the planner does: rows a block when last looked, times the blocks there are now. A table never looked at is taken to have rows of 100 bytes.
async function sizesOn(side: Side, oids: readonly number[]): Promise<Map<number, TableSize>> {
  const found = await rows<{ oid: number } & TableSize>(
    side,
    `SELECT c.oid::int8::float8 AS oid, s.bytes::float8 AS bytes, (s.bytes / current_setting('block_size')::int)::float8 AS blocks,
       round(CASE WHEN c.reltuples >= 0 AND c.relpages > 0
         THEN c.reltuples / c.relpages * (s.bytes / current_setting('block_size')::int) ELSE s.bytes / 100 END)::float8 AS rows
     FROM pg_class c CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) AS bytes OFFSET 0) AS s WHERE c.oid = ANY ($1::oid[])`,
    [oids],
  )
  return new Map(found.map(({ oid, ...size }) => [oid, size]))
}
