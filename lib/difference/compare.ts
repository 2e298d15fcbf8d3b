import { type Catalogue, type Column, readCatalogue, tableOids } from './catalogue.ts'
import type { Baseline } from './compare/baseline.ts'
import { pairByKey } from './compare/pair-by-key.ts'
import { openProgress } from './compare/progress.ts'
import { onBoth, type RowDifference } from './compare/row-difference.ts'
import { lookUpKey, sampleTable } from './compare/sample.ts'
import { readSizes, type TableSize } from './compare/sizes.ts'
import { type Sampling, smallTable, usualBlocks, within } from './compare/time-limit.ts'
import { exactly, openWays, turnedRound, type Ways } from './compare/ways.ts'
import { countEdges } from './count-edges.ts'
import type { CompareWay, Difference, ErasedCounts, SampledTable, TableDifference } from './difference.ts'
import { findDrift, type Pair } from './drift.ts'
import { type Edge, readEdges, readForeignKeys } from './edges.ts'
import { type Erased, findErased, hasErased, withoutErased } from './erased.ts'
import { compareLargeObjects } from './large-objects.ts'
import { nameKey, shown } from './names.ts'
import { type ComparedSoFar, pass, type Watching } from './observe.ts'
import type { Scope } from './scope.ts'
import { compareSequences, readSequences, type Sequence } from './sequences.ts'
import { atOneMoment, type Side } from './side.ts'

export type CompareOptions = Watching & {
  /** What was kept of the snapshot at its capture; without it, both sides are read whole. */
  readonly baseline?: Baseline | null
  /** The engine turned round: the baseline's snapshot is what is changed, the portal what it is made equal to. Default false. */
  readonly reversed?: boolean
  /** Ways that may be gone; all by default. */
  readonly ways?: readonly CompareWay[]
  /**
   * For a preview alone: large tables that are not compared when the time is up are sampled, and told in `Difference.sampled`. Without it all is exact,
   * however long it takes. Tables whose rows cannot be looked up by key are exact in any case.
   */
  readonly sampling?: Sampling | undefined
  /** Told before the first table and after each; must not throw. */
  readonly tellProgress?: ((soFar: ComparedSoFar) => void) | undefined
  /** Pair rows into changed records by key, for people. Default true. */
  readonly pairByKey?: boolean
}

/** A comparison with what it was made from, for the engine's own use. */
export type Comparison = {
  readonly difference: Difference
  readonly live: Catalogue
  readonly snapshot: Catalogue
  readonly pairs: readonly Pair[]
  /** Rows on live by table, in tables without a difference too. */
  readonly rowsLive: ReadonlyMap<string, number>
  readonly edges: readonly Edge[]
  readonly erased: Erased
  readonly sequences: { readonly live: ReadonlyMap<string, Sequence>; readonly snapshot: ReadonlyMap<string, Sequence> }
}

/**
 * The exact difference by which `live` would have to change to be `snapshot` within the scope. Reads both sides at one instant each and
 * takes no lock that anyone could wait for. Memory is bounded by what differs. Places in the answer are good as long as the sides' transaction
 * lives: compare and read rows inside one `atOneMoment`.
 */
export async function compare(live: Side, snapshot: Side, scope: Scope, options: CompareOptions = {}): Promise<Difference> {
  return atOneMoment([live, snapshot], async () => (await compareSides(live, snapshot, scope, options)).difference)
}

/** As `compare`, inside a transaction of the caller's. */
export async function compareSides(live: Side, snapshot: Side, scope: Scope, options: CompareOptions = {}): Promise<Comparison> {
  await pass(options, 'compare:begin')
  const [here, there] = await onBoth(readCatalogue(live, scope), readCatalogue(snapshot, scope))
  const { drift, pairs } = findDrift(here, there)
  const comparable = pairs.filter((pair) => pair.live.kind === 'r' && pair.live.persistence === 'p')
  const ways = await openWaysBetween(live, snapshot, { drift, types: here.types }, options)
  const erased = await findErasedBetween(live, snapshot, here, there, comparable)
  const found = await compareTables(live, snapshot, comparable, ways, { ...options, erased })
  const edges = await readEdges(live, here)
  const objects = await compareLargeObjects({ side: live, catalogue: here }, { side: snapshot, catalogue: there }, scope, erased)
  const [sequencesHere, sequencesThere] = await onBoth(
    readSequences(live, scope, tableOids(here)),
    readSequences(snapshot, scope, tableOids(there)),
  )
  const difference: Difference = {
    way: ways.way,
    tablesByWay: found.tablesByWay,
    tables: found.tables,
    ...(found.sampled.length === 0 ? {} : { sampled: found.sampled }),
    tablesCompared: comparable.length - found.sampled.length,
    rowsCompared: [...found.rowsLive.values()].reduce((sum, count) => sum + count, 0),
    edges: await countEdges(live, snapshot, edges, found.tables),
    largeObjects: objects,
    sequences: compareSequences(sequencesHere, sequencesThere),
    erased: found.erased,
    drift,
  }
  await pass(options, 'compare:end')
  return {
    difference,
    live: here,
    snapshot: there,
    pairs: comparable,
    rowsLive: found.rowsLive,
    edges,
    erased,
    sequences: { live: sequencesHere, snapshot: sequencesThere },
  }
}

/** The ways that hold between the two, by what the options have kept of the snapshot. */
export async function openWaysBetween(
  live: Side,
  snapshot: Side,
  facts: Parameters<typeof openWays>[3],
  { baseline, ways = everyWay, reversed }: CompareOptions,
): Promise<Ways> {
  const open = (portal: Side, stored: Side) =>
    baseline ? openWays(portal, stored, baseline, facts, ways) : exactly(portal, stored)
  return reversed ? turnedRound(await open(snapshot, live)) : open(live, snapshot)
}

const everyWay: readonly CompareWay[] = ['exact', 'watermark', 'wal_summaries']

async function findErasedBetween(
  live: Side,
  snapshot: Side,
  here: Catalogue,
  there: Catalogue,
  pairs: readonly Pair[],
): Promise<Erased> {
  if (!hasErased(here)) return new Map()
  const compared = {
    here: { ...here, tables: pairs.map((pair) => pair.live) },
    there: { ...there, tables: pairs.map((pair) => pair.snapshot) },
  }
  return findErased({ live, snapshot, foreignKeys: await readForeignKeys(live, here) }, compared)
}

type CompareTables = CompareOptions & { readonly erased: Erased }

async function compareTables(live: Side, snapshot: Side, pairs: readonly Pair[], ways: Ways, options: CompareTables) {
  const tables: TableDifference[] = []
  let erased: ErasedCounts = { records: 0, fallen: 0 }
  const sampled: SampledTable[] = []
  const rowsLive = new Map<string, number>()
  const tablesByWay: Record<CompareWay, number> = { exact: 0, watermark: 0, wal_summaries: 0 }
  const deadline = performance.now() + (options.sampling?.timeLimitMs ?? 0)
  const { order, large } = await orderOf(live, snapshot, pairs, options)
  for (const [index, pair] of order.pairs.entries()) {
    await pass(options, 'compare:table', { table: shown(pair.live), done: index, total: pairs.length })
    const late = large.get(pair)
    const found = late
      ? await within([live, snapshot], deadline, () => compareOne(live, snapshot, pair, ways, options))
      : await compareOne(live, snapshot, pair, ways, options)
    if (found === null && late) {
      const { some, counts } = await sampleTable(live, snapshot, pair, late.key, {
        ...late,
        erased: options.erased.get(nameKey(pair.live)),
      })
      sampled.push(some)
      erased = sumErased(erased, counts)
      order.progress?.done(pair, tellSampled(some))
    } else if (found !== null) {
      rowsLive.set(nameKey(pair.live), found.rowsLive)
      tablesByWay[found.way]++
      erased = sumErased(erased, found.counts)
      if (found.table !== null) tables.push(found.table)
      order.progress?.done(pair, found.table && tellCompared(found.table))
    }
  }
  return { tables, sampled, rowsLive, tablesByWay, erased }
}

const sumErased = (one: ErasedCounts, other: ErasedCounts): ErasedCounts => ({
  records: one.records + other.records,
  fallen: one.fallen + other.fallen,
})

async function compareOne(live: Side, snapshot: Side, pair: Pair, ways: Ways, { pairByKey: withPairs, erased }: CompareTables) {
  const { found, counts } = withoutErased(await ways.compare(pair), erased.get(nameKey(pair.live)))
  const differs = found.onlyLive.length + found.onlySnapshot.length > 0
  const table = differs ? await describeTable(live, snapshot, pair, found, withPairs ?? true) : null
  return { table, rowsLive: found.rowsLive, way: found.way, counts }
}

type Large = { readonly key: readonly Column[]; readonly blocks: number; readonly size: TableSize }

/** Under a time limit what may be sampled comes last, the smallest first: so as much as can be is exact when the time is up. */
async function orderOf(live: Side, snapshot: Side, pairs: readonly Pair[], { sampling, tellProgress }: CompareOptions) {
  const large = new Map<Pair, Large>()
  if (sampling === undefined && tellProgress === undefined) return { order: { pairs, progress: null }, large }
  const sizes = await readSizes(live, snapshot, pairs)
  const blocks = sampling?.blocks ?? usualBlocks
  for (const pair of pairs) {
    const [key, size] = [lookUpKey(pair), sizes.get(pair)]
    if (sampling && key && size && size.blocks > blocks * smallTable) large.set(pair, { key, blocks, size })
  }
  const bySize = [...large].sort(([, one], [, other]) => one.size.bytes - other.size.bytes).map(([pair]) => pair)
  const ordered = [...pairs.filter((pair) => !large.has(pair)), ...bySize]
  return { order: { pairs: ordered, progress: tellProgress ? openProgress(ordered, sizes, tellProgress) : null }, large }
}

const tellCompared = ({ table, missing, newer, changed }: TableDifference): ComparedSoFar['found'] => ({
  table,
  sampled: null,
  missing: missing.length,
  newer: newer.length,
  changed: changed.length,
})

const tellSampled = ({ table, missing, newer, changed }: SampledTable): ComparedSoFar['found'] => ({
  table,
  sampled: { missing: missing.atMost, newer: newer.atMost, changed: changed.atMost },
  missing: missing.about,
  newer: newer.about,
  changed: changed.about,
})

async function describeTable(
  live: Side,
  snapshot: Side,
  pair: Pair,
  found: RowDifference,
  withPairs: boolean,
): Promise<TableDifference> {
  const parts = withPairs
    ? await pairByKey(live, snapshot, pair, found)
    : { missing: found.onlySnapshot, newer: found.onlyLive, changed: [] }
  return {
    table: { schema: pair.live.schema, name: pair.live.name },
    ...parts,
    rowsLive: found.rowsLive,
    rowsSnapshot: found.rowsSnapshot,
    keyColumns: pair.live.key,
  }
}
