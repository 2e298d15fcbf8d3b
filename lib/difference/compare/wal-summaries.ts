import { setTimeout as pause } from 'node:timers/promises'
import type { Pair } from '../drift.ts'
import { type Asked, one, rows, run, type Side, sqlState } from '../side.ts'
import type { BlockOrigin, TableBaseline, Written } from './baseline.ts'
import { streamRows } from './hash-stream.ts'
import { cancelEqual, nowhere, type RowDifference } from './row-difference.ts'
import { rowHash } from './row-hash.ts'

const summarizerTimeoutMs = 5_000
const lookEveryMs = 5

/** Where summaries start from now on: the last checkpoint's redo. Null where the server keeps none (before 17, or `summarize_wal` off). */
export async function summariesFromHere(side: Asked): Promise<BlockOrigin | null> {
  const { on, ...origin } = await one<BlockOrigin & { on: boolean }>(
    side,
    `SELECT coalesce(current_setting('summarize_wal', true)::bool, false) AS on, timeline_id AS timeline, redo_lsn::text AS "startLsn" FROM pg_control_checkpoint()`,
  )
  return on ? origin : null
}

/**
 * The blocks of a database's tables that any WAL record has touched since then, by filenode: block for block all others are as they were. Writes a
 * checkpoint, since summaries end at one, and waits for the summarizer. Null where the summaries have a gap, are of another timeline, are late, or
 * our role may not ask for the checkpoint. Ask it on a connection outside any transaction, after the reading one has taken its snapshot.
 */
export async function blocksWrittenSince(side: Side, databaseOid: number, since: BlockOrigin): Promise<Written | null> {
  const until = await summarizedUntilNow(side)
  if (until === null || until.timeline !== since.timeline || !(await coversGapless(side, since, until.lsn))) return null
  const found = await rows<{ filenode: number; limit: number | null; blocks: number[] | null }>(
    side,
    `SELECT c.relfilenode::int8::float8 AS filenode, min(c.relblocknumber) FILTER (WHERE c.is_limit_block)::float8 AS limit,
       array_agg(DISTINCT c.relblocknumber::float8) FILTER (WHERE NOT c.is_limit_block) AS blocks
     FROM pg_available_wal_summaries() AS s CROSS JOIN LATERAL pg_wal_summary_contents(s.tli, s.start_lsn, s.end_lsn) AS c
     WHERE s.tli = $1 AND s.end_lsn > $2::pg_lsn AND s.start_lsn < $3::pg_lsn AND c.reldatabase = $4::oid AND c.relforknumber = 0
     GROUP BY 1`,
    [since.timeline, since.startLsn, until.lsn, databaseOid],
  )
  // A limit for no file is the database's own: it was made within that time.
  if (found.some(({ filenode }) => filenode === 0)) return null
  return new Map(found.map(({ filenode, limit, blocks }) => [filenode, { limit, blocks: Uint32Array.from(blocks ?? []).sort() }]))
}

/** Compares only the blocks that either side has written since they were the same. */
export async function compareBlocks(
  live: Side,
  snapshot: Side,
  pair: Pair,
  baseline: Pick<TableBaseline, 'rows'>,
  blocks: Uint32Array,
): Promise<RowDifference> {
  if (blocks.length === 0) return { rowsLive: baseline.rows, rowsSnapshot: baseline.rows, ...nowhere }
  const hash = rowHash(pair.live.compared, 't')
  const ranges = rangesOf(blocks)
  const list = (end: 0 | 1) => `'{${ranges.map((range) => range[end]).join(',')}}'::int8[]`
  // Planned inside a sub-select of its own, a range of blocks is read as one (a TID range scan).
  const sorted = (table: string) =>
    `SELECT b.c, b.h FROM unnest(${list(0)}, ${list(1)}) AS r(first, beyond) CROSS JOIN LATERAL
       (SELECT t.ctid AS c, ${hash} AS h FROM ONLY ${table} AS t
        WHERE t.ctid >= ('(' || r.first || ',0)')::tid AND t.ctid < ('(' || r.beyond || ',0)')::tid OFFSET 0) AS b
     ORDER BY b.h, b.c`
  const only = await cancelEqual(streamRows(live, sorted(pair.live.quoted)), streamRows(snapshot, sorted(pair.snapshot.quoted)))
  return { ...only, rowsSnapshot: baseline.rows, rowsLive: baseline.rows + only.onlyLive.length - only.onlySnapshot.length }
}

async function summarizedUntilNow(side: Side): Promise<{ timeline: number; lsn: string } | null> {
  const { lsn } = await one<{ lsn: string }>(side, 'SELECT pg_current_wal_insert_lsn()::text AS lsn')
  try {
    await run(side, 'CHECKPOINT')
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
    return null
  }
  const deadline = performance.now() + summarizerTimeoutMs
  for (;;) {
    const state = await one<{ done: boolean; timeline: number }>(
      side,
      'SELECT summarized_lsn >= $1::pg_lsn AS done, summarized_tli::int AS timeline FROM pg_get_wal_summarizer_state()',
      [lsn],
    )
    if (state.done) return { timeline: state.timeline, lsn }
    if (performance.now() > deadline) return null
    await pause(lookEveryMs)
  }
}

async function coversGapless(side: Side, { timeline, startLsn }: BlockOrigin, untilLsn: string): Promise<boolean> {
  const { whole } = await one<{ whole: boolean }>(
    side,
    `SELECT coalesce(min(start_lsn) <= $2::pg_lsn AND max(end_lsn) >= $3::pg_lsn AND bool_and(start_lsn <= $2::pg_lsn OR joined), false) AS whole
     FROM (SELECT start_lsn, end_lsn, start_lsn = lag(end_lsn) OVER (ORDER BY start_lsn) AS joined FROM pg_available_wal_summaries()
           WHERE tli = $1 AND end_lsn > $2::pg_lsn AND start_lsn < $3::pg_lsn) AS summaries`,
    [timeline, startLsn, untilLsn],
  )
  return whole
}

/** `[first, beyond)`; gaps of a few blocks are read along. */
function rangesOf(blocks: Uint32Array): (readonly [number, number])[] {
  const ranges: [number, number][] = []
  for (const block of blocks) {
    const last = ranges.at(-1)
    if (last !== undefined && block <= last[1] + readAlong) last[1] = block + 1
    else ranges.push([block, block + 1])
  }
  return ranges
}

const readAlong = 4
