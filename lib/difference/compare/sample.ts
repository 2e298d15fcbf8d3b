import type { Column } from '../catalogue.ts'
import type { ErasedCounts, SampledTable, TableDifference } from '../difference.ts'
import type { Pair } from '../drift.ts'
import type { ErasedRows } from '../erased.ts'
import { nameKey } from '../names.ts'
import { placeFromText, placeTexts, type Row, rowSetOf } from '../row-set.ts'
import { one, rows, run, type Side } from '../side.ts'
import { estimateRows } from './estimate.ts'
import { rowSetAt } from './hashes-at.ts'
import { onBoth } from './row-difference.ts'
import { rowHash } from './row-hash.ts'
import type { TableSize } from './sizes.ts'

/** The columns by which rows are looked up on the other side through its index; null where they cannot be: no key, or one of the portal's own types. */
export function lookUpKey({ live }: Pair): readonly Column[] | null {
  const key = live.data.filter((column) => live.key.includes(column.name))
  return key.length === 0 || key.some((column) => column.typeOid >= 16384) ? null : key
}

/**
 * What a sample says of a table that is too large to be compared in time (S38): some blocks of the restore point, whose rows are looked up in live by key
 * (missing? changed?), and some of live, looked up in the restore point (newer?). Never a whole table: blocks are read by their place, keys through the index.
 * The same data gives the same sample. Call it inside `atOneMoment`.
 */
export async function sampleTable(
  live: Side,
  snapshot: Side,
  pair: Pair,
  key: readonly Column[],
  { blocks, size, erased }: { readonly blocks: number; readonly size: TableSize; readonly erased: ErasedRows | undefined },
): Promise<{ readonly some: SampledTable; readonly counts: ErasedCounts }> {
  const ask = { pair, key, blocks }
  const [here, there] = await onBoth(readBlocks(live, pair.live.quoted, ask), readBlocks(snapshot, pair.snapshot.quoted, ask))
  const [inLive, inSnapshot] = await onBoth(
    lookUp(live, pair.live.quoted, there.rows, ask),
    lookUp(snapshot, pair.snapshot.quoted, here.rows, ask),
  )
  // S66: whoever was erased takes no part, on either side.
  const takesPart = ({ place }: Row, side: 'live' | 'snapshot') => !erased?.[side].has(place)
  const missing = there.rows.filter((row) => !inLive.has(row.key) && takesPart(row, 'snapshot'))
  const newer = here.rows.filter((row) => !inSnapshot.has(row.key) && takesPart(row, 'live'))
  const changed = there.rows.flatMap((row) => {
    const partner = inLive.get(row.key)
    const differs = partner !== undefined && partner.hash !== row.hash
    return differs && takesPart(row, 'snapshot') && takesPart(partner, 'live') ? [{ row, partner }] : []
  })
  const seen: TableDifference = {
    table: { schema: pair.live.schema, name: pair.live.name },
    missing: rowSetOf(missing),
    newer: rowSetOf(newer),
    changed: changed.map(({ row, partner }) => ({ snapshot: row, live: partner })),
    rowsLive: here.rows.length,
    rowsSnapshot: there.rows.length,
    keyColumns: pair.live.key,
  }
  const estimate = (read: BlocksRead, some: readonly KeyedRow[]) =>
    estimateRows(byBlock(read.blocks, some), read.blocksInAll, read.blockSize)
  const some: SampledTable = {
    table: seen.table,
    seen,
    missing: estimate(there, missing),
    newer: estimate(here, newer),
    changed: estimate(
      there,
      changed.map(({ row }) => row),
    ),
    rowsLookedAt: here.rows.length + there.rows.length,
    rowsInAll: size.rows,
  }
  return { some, counts: await countErased(live, snapshot, ask, erased) }
}

/** Counted, not estimated: they are known by their places. */
async function countErased(live: Side, snapshot: Side, ask: Ask, erased: ErasedRows | undefined): Promise<ErasedCounts> {
  if (erased === undefined) return { records: 0, fallen: 0 }
  const then = await readPlaces(snapshot, ask.pair.snapshot.quoted, [...erased.snapshot], ask)
  const now = await lookUp(live, ask.pair.live.quoted, then, ask)
  const away = then.filter((row) => now.get(row.key)?.hash !== row.hash)
  return {
    records: away.filter(({ place }) => erased.listed.has(place)).length,
    fallen: away.filter(({ place }) => erased.fallen.has(place) && !erased.listed.has(place)).length,
  }
}

type Ask = { readonly pair: Pair; readonly key: readonly Column[]; readonly blocks: number }
/** `key` is its columns' text, as one. */
type KeyedRow = Row & { readonly key: string; readonly texts: readonly string[] }
type BlocksRead = {
  readonly blocks: readonly number[]
  readonly blocksInAll: number
  readonly blockSize: number
  readonly rows: readonly KeyedRow[]
}

const blocksAtOnce = 200
const keysAtOnce = 5_000

async function readBlocks(side: Side, quoted: string, { pair, key, blocks: wanted }: Ask): Promise<BlocksRead> {
  const { bytes, blockSize } = await one<{ bytes: number; blockSize: number }>(
    side,
    `SELECT pg_relation_size($1::regclass)::float8 AS bytes, current_setting('block_size')::int AS "blockSize"`,
    [quoted],
  )
  const blocksInAll = Math.floor(bytes / blockSize)
  const blocks = someBlocks(blocksInAll, wanted, nameKey(pair.live))
  const found: KeyedRow[] = []
  for (let at = 0; at < blocks.length; at += blocksAtOnce) {
    // In a sub-select of its own each block is read by its place (a TID range scan).
    const some = await rows<{ place: string; hash: string; texts: string[] }>(
      side,
      `SELECT r.place, r.hash, r.texts FROM unnest($1::int8[]) AS b(block) CROSS JOIN LATERAL
         (SELECT t.ctid::text AS place, ${rowHash(pair.live.compared, 't')}::text AS hash, ARRAY[${texts(key)}]::text[] AS texts
          FROM ONLY ${quoted} AS t
          WHERE t.ctid >= ('(' || b.block || ',0)')::tid AND t.ctid < ('(' || b.block + 1 || ',0)')::tid OFFSET 0) AS r`,
      [blocks.slice(at, at + blocksAtOnce)],
    )
    found.push(...some.map(({ place, hash, texts: parts }) => keyed(place, hash, parts)))
  }
  return { blocks, blocksInAll, blockSize, rows: found }
}

async function readPlaces(side: Side, quoted: string, places: readonly number[], { pair, key }: Ask): Promise<KeyedRow[]> {
  const found: KeyedRow[] = []
  for (const some of placeTexts(rowSetAt(places))) {
    const read = await rows<{ place: string; hash: string; texts: string[] }>(
      side,
      `SELECT t.ctid::text AS place, ${rowHash(pair.live.compared, 't')}::text AS hash, ARRAY[${texts(key)}]::text[] AS texts
       FROM ONLY ${quoted} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [some],
    )
    found.push(...read.map(({ place, hash, texts: parts }) => keyed(place, hash, parts)))
  }
  return found
}

/** The rows that bear those keys on the other side, by key. */
async function lookUp(
  side: Side,
  quoted: string,
  wanted: readonly KeyedRow[],
  { pair, key }: Ask,
): Promise<Map<string, KeyedRow>> {
  const lists = key.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const same = key.map((column, index) => `t.${column.quoted} = k.k${index}::${column.type}`).join(' AND ')
  const names = key.map((_, index) => `k${index}`).join(', ')
  const found = new Map<string, KeyedRow>()
  // The planner may take its statistics for a reason to read the table whole; here nothing may.
  await run(side, 'SET LOCAL enable_seqscan = off')
  for (let at = 0; at < wanted.length; at += keysAtOnce) {
    const keys = wanted.slice(at, at + keysAtOnce)
    const some = await rows<{ place: string; hash: string; asked: string[] }>(
      side,
      `SELECT r.place, r.hash, ARRAY[${names}]::text[] AS asked FROM unnest(${lists}) AS k(${names}) CROSS JOIN LATERAL
         (SELECT t.ctid::text AS place, ${rowHash(pair.live.compared, 't')}::text AS hash FROM ONLY ${quoted} AS t WHERE ${same} OFFSET 0) AS r`,
      key.map((_, index) => keys.map((row) => row.texts[index])),
    )
    for (const { place, hash, asked } of some) found.set(keyOf(asked), keyed(place, hash, asked))
  }
  await run(side, 'SET LOCAL enable_seqscan = on')
  return found
}

const texts = (key: readonly Column[]): string => key.map((column) => `t.${column.quoted}::text`).join(', ')
const keyOf = (parts: readonly string[]): string => JSON.stringify(parts)
const keyed = (place: string, hash: string, parts: string[]): KeyedRow => ({
  place: placeFromText(place),
  hash: BigInt(hash),
  texts: parts,
  key: keyOf(parts),
})

function byBlock(blocks: readonly number[], some: readonly Row[]): number[] {
  const counts = new Map(blocks.map((block) => [block, 0]))
  for (const { place } of some) {
    const block = Math.floor(place / 65536)
    counts.set(block, (counts.get(block) ?? 0) + 1)
  }
  return [...counts.values()]
}

/** Drawn without replacement, by a sequence that begins with the table's name: the same table of the same size gives the same blocks. */
function someBlocks(blocksInAll: number, wanted: number, name: string): number[] {
  if (blocksInAll <= wanted) return Array.from({ length: blocksInAll }, (_, block) => block)
  const next = sequenceFrom(name)
  const drawn = new Set<number>()
  while (drawn.size < wanted) drawn.add(Math.floor(next() * blocksInAll))
  return [...drawn].sort((a, b) => a - b)
}

// FNV-1a for the seed, mulberry32 for the sequence: small, known, and the same on every machine.
function sequenceFrom(name: string): () => number {
  let state = 2166136261
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16777619)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
