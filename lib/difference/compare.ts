import { type Catalogue, readCatalogue, tableOids } from './catalogue.ts'
import type { Baseline } from './compare/baseline.ts'
import { pairByKey } from './compare/pair-by-key.ts'
import { openProgress } from './compare/progress.ts'
import { onBoth, type RowDifference } from './compare/row-difference.ts'
import { exactly, openWays, turnedRound, type Ways } from './compare/ways.ts'
import { countEdges } from './count-edges.ts'
import type { CompareWay, Difference, ErasedCounts, TableDifference } from './difference.ts'
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
    tablesCompared: comparable.length,
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
  const rowsLive = new Map<string, number>()
  const tablesByWay: Record<CompareWay, number> = { exact: 0, watermark: 0, wal_summaries: 0 }
  const progress = options.tellProgress ? await openProgress(live, snapshot, pairs, options.tellProgress) : null
  for (const [index, pair] of pairs.entries()) {
    await pass(options, 'compare:table', { table: shown(pair.live), done: index, total: pairs.length })
    const { found, counts } = withoutErased(await ways.compare(pair), options.erased.get(nameKey(pair.live)))
    erased = { records: erased.records + counts.records, fallen: erased.fallen + counts.fallen }
    rowsLive.set(nameKey(pair.live), found.rowsLive)
    tablesByWay[found.way]++
    const differs = found.onlyLive.length + found.onlySnapshot.length > 0
    const table = differs ? await describeTable(live, snapshot, pair, found, options.pairByKey ?? true) : null
    if (table !== null) tables.push(table)
    progress?.done(pair, table)
  }
  return { tables, rowsLive, tablesByWay, erased }
}

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
