import { carryErased } from './carry-erased.ts'
import { readCatalogue, type Table } from './catalogue.ts'
import { type Baseline, measureBaseline, readOrigin } from './compare/baseline.ts'
import { compareExactly } from './compare/exact.ts'
import { pairByKey } from './compare/pair-by-key.ts'
import { compareSides } from './compare.ts'
import { absentKeys, countReferences, holdsColumns, presentKeys } from './dangling.ts'
import { isEmpty } from './difference.ts'
import type { Pair } from './drift.ts'
import { type Edge, readEdges, readKeptKeys } from './edges.ts'
import { asRefusal } from './find-obstacles.ts'
import { interruptible } from './interrupt.ts'
import { Journal, readJournal } from './journal.ts'
import { pairPart, patternOf } from './kept.ts'
import { shown } from './names.ts'
import type { Watching } from './observe.ts'
import { makePlan } from './plan.ts'
import { giveKept, giveWhenBack, type KeptValues, readGiven, readKept, readYoungKept } from './protected-columns.ts'
import type { ProtectedColumns, Protection } from './protection.ts'
import { type EdgePolicies, giveBack, type SettledReference, settleReferences, vanishingKeys } from './references.ts'
import { RefusalError, refuse } from './refusal.ts'
import { rowSetOf } from './row-set.ts'
import { compareSequences, moveSequencesForward, readSequences } from './sequences.ts'
import { atOneMoment, one, rollBackQuietly, rows, run, type Side } from './side.ts'
import { awaken, silence } from './triggers.ts'
import { verifyTable } from './verify.ts'
import { asPortal, writeCopy } from './write-copy.ts'

export type CarryProtected = Watching & {
  /** Of the snapshot, to take live's place; nobody else is in it. Opened with `replica: true`. */
  readonly copy: Side
  readonly live: Side
  readonly protection: Protection
  readonly edges: EdgePolicies
  /** A directory of this run's own: references that are nulled are written there, for an undo. */
  readonly journalDirectory: string
  /** For an undo: the journal of the restore that is undone, whose nulled references are given back. */
  readonly giveBackFrom?: string | undefined
  /** What was carried before: only what live has written since is carried now, and added to the same journal. */
  readonly since?: Carried | undefined
}

export type CarriedProtected = {
  readonly references: readonly SettledReference[]
  readonly referencesGivenBack: number
  readonly carried: Carried
}

/** What the copy holds of live, and from when: by it the next call finds what has come since without reading everything again. */
export type Carried = {
  /** Of the protected tables. */
  readonly baseline: Baseline
  /** Rows deleted from each table of live ever since the server counts them, and its file, which a TRUNCATE makes anew; null where it does not count. Read before the instant. */
  readonly deletions: ReadonlyMap<number, string> | null
}

/**
 * Writes what of live is protected into the copy that will replace it (S63–S69), in one transaction of the copy's: whole tables row for row, of the rows
 * that both hold the protected columns, and last what became of records that were erased (S66). Proved before it is committed: all of it the first time, by reading both sides whole; what was written the second time,
 * when nobody can write to live any more and everybody waits. Throws `RefusalError`; live is only read.
 */
export async function carryProtected(order: CarryProtected): Promise<CarriedProtected> {
  const { copy, live } = order
  return interruptible([copy, live], order.signal, async () => {
    const deletions = await readDeletions(live)
    return atOneMoment([live], async () => {
      const origin = { ...(await readOrigin(live, live.database)), blocks: null }
      try {
        await run(copy, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
        const done = await carry(order, deletions)
        await run(copy, 'COMMIT')
        const baseline = order.since?.baseline ?? (await measureBaseline(copy, origin, null, tablesOf(order)))
        return { ...done, carried: { baseline, deletions } }
      } finally {
        await rollBackQuietly(copy)
      }
    })
  })
}

/** Numbers are never given twice (S70): each of the copy's sequences that live has taken further is set to where live's stands. Does not roll back. */
export async function carrySequencesForward(copy: Side, live: Side): Promise<void> {
  const [ofCopy, ofLive] = await Promise.all([readSequences(copy, everything, []), readSequences(live, everything, [])])
  await moveSequencesForward(copy, compareSequences(ofCopy, ofLive))
}

const everything = { kind: 'all' } as const

const tablesOf = ({ protection }: CarryProtected) => ({ kind: 'tables', patterns: protection.tables.map(patternOf) }) as const

async function carry(order: CarryProtected, deletions: Carried['deletions']): Promise<Omit<CarriedProtected, 'carried'>> {
  const { copy, protection } = order
  const { xid } = await one<{ xid: string }>(copy, 'SELECT pg_current_xact_id()::text AS xid')
  const before = order.since === undefined ? [] : (await readJournal(order.journalDirectory)).references
  const journal = await Journal.begin(order.journalDirectory, xid)
  journal.addReferences(before)
  try {
    const references = protection.tables.length === 0 ? [] : [...(await carryTables(order, journal))]
    for (const part of protection.columns) references.push(...(await carryColumns(order, part, deletions)))
    const ofErased = await carryErased({ ...order, journal })
    const referencesGivenBack = await giveReferencesBack(order)
    await journal.seal()
    return { references: [...references, ...ofErased], referencesGivenBack }
  } finally {
    await journal.close()
  }
}

async function carryTables(order: CarryProtected, journal: Journal): Promise<SettledReference[]> {
  const { copy, live } = order
  const { since } = await one<{ since: string }>(copy, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text AS since')
  const plan = await makePlan(copy, live, tablesOf(order), {
    signal: order.signal,
    ...(order.since === undefined ? {} : { baseline: order.since.baseline, reversed: true }),
  })
  const [moved] = plan.comparison.difference.drift
  if (moved !== undefined) throw new RefusalError(asRefusal(moved))
  if (isEmpty(plan.comparison.difference)) return []
  const edges = await readEdges(copy, plan.comparison.live)
  const vanishing = await vanishingKeys(copy, edges, plan.tables)
  await writeCopy(copy, live, plan, { signal: order.signal })
  if (order.since === undefined) await proveTables(order)
  else for (const table of plan.tables) await verifyTable(copy, table, null, since, table.rowsThen)
  const silenced = [...plan.comparison.live.tables]
  await silence(copy, silenced)
  const places = { writer: copy, snapshot: live, frozen: live, plans: plan.tables, journal, silenced }
  const settled = await settleReferences({ ...places, writtenSince: since, policies: order.edges }, edges, vanishing)
  await awaken(copy, silenced)
  return settled
}

/** Both sides read whole once more: what the copy now holds is what live holds. */
async function proveTables(order: CarryProtected): Promise<void> {
  const { copy, live, signal } = order
  const { difference } = await compareSides(copy, live, tablesOf(order), { signal, pairByKey: false })
  if (!isEmpty(difference))
    throw refuse('verification_failed', { step: 'protected tables', tables: difference.tables.map(({ table }) => shown(table)) })
}

/** `giveKept` proves the values that it gave; all others were equal, or belong to rows that live does not hold. */
async function carryColumns(
  order: CarryProtected,
  part: ProtectedColumns,
  deletions: Carried['deletions'],
): Promise<SettledReference[]> {
  const { copy, live, signal, since } = order
  const paired = await pairPart(copy, live, part)
  if (paired === null) throw refuse('structure_moved', { name: shown(part.table), details: [] })
  const tables = paired.pairs.map((pair) => pair.live)
  const { began } = await one<{ began: string }>(copy, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text AS began')
  const links = await readKeptKeys(copy, await readCatalogue(copy, { ...everything, protection: order.protection }))
  const settled: SettledReference[] = []
  await silence(copy, tables)
  for (const pair of paired.pairs) {
    signal?.throwIfAborted()
    // A row that live has deleted since is one that comes back: only reading both sides tells which.
    const written = since !== undefined && noneDeleted(pair.snapshot.oid, since.deletions, deletions)
    const kept = written
      ? await carryYoung(asPortal(copy, live), live, pair, since.baseline.origin.horizon)
      : await carryColumnsOf(asPortal(copy, live), live, pair)
    if (kept !== null) settled.push(...(await settleLinks(order, pair.live, kept, links, began)))
  }
  await awaken(copy, tables)
  return settled
}

/**
 * What a row keeps in a protected column may point at what came after the snapshot (S71). It is never emptied, since then it would not be kept: it points at
 * nothing where the portal's settings say `keep`, else nothing is replaced. What pointed at nothing in live already does so again.
 */
async function settleLinks(
  { copy, live, edges }: CarryProtected,
  table: Table,
  kept: KeptValues,
  links: readonly Edge[],
  began: string,
): Promise<SettledReference[]> {
  const settled: SettledReference[] = []
  for (const link of links) {
    const fromTables = link.fromTables.filter(({ oid }) => oid === table.oid)
    if (fromTables.length === 0) continue
    const columns = link.columns.map(({ from }) => from)
    const given = await readGiven(copy, table, kept, columns)
    const absent = await absentKeys(
      copy,
      link,
      columns.map((_, at) => given.map((values) => values[at] ?? '')),
    )
    const unmet = (await holdsColumns(live, link)) ? await presentKeys(live, link, absent) : absent
    const rowsLeft = await countReferences(copy, { ...link, fromTables }, unmet, `age(t.xmin) <= age('${began}'::xid)`)
    if (rowsLeft === 0) continue
    const policy = edges.byEdge[link.edge] ?? edges.otherwise
    if (policy === 'refuse') throw refuse('reference_refused', { edge: link.edge, rows: rowsLeft })
    if (policy === 'null') throw refuse('reference_not_nullable', { edge: link.edge, rows: rowsLeft })
    settled.push({ edge: link.edge, direction: 'inward', rows: rowsLeft, became: 'kept' })
  }
  return settled
}

async function carryColumnsOf(copy: Side, live: Side, pair: Pair): Promise<KeptValues | null> {
  const { newer: back, changed } = await pairByKey(copy, live, pair, await compareExactly(copy, live, pair))
  await giveWhenBack(copy, pair.live, back)
  const kept = await readKept(live, pair.live, rowSetOf(changed.map(({ snapshot }) => snapshot)))
  if (kept !== null) await giveKept(copy, pair.live, kept)
  return kept
}

async function carryYoung(copy: Side, live: Side, pair: Pair, horizon: string): Promise<KeptValues | null> {
  const kept = await readYoungKept(live, pair.live, horizon)
  if (kept !== null) await giveKept(copy, pair.live, kept)
  return kept
}

function noneDeleted(oid: number, before: Carried['deletions'], now: Carried['deletions']): boolean {
  return before !== null && now !== null && before.get(oid) === now.get(oid)
}

/** Sessions tell what they did when they end or soon after; under the bar all have ended. */
async function readDeletions(live: Side): Promise<Carried['deletions']> {
  const { on } = await one<{ on: boolean }>(live, `SELECT current_setting('track_counts')::boolean AS on`)
  if (!on) return null
  const found = await rows<{ oid: number; deleted: string }>(
    live,
    `SELECT relid::int8::float8 AS oid, n_tup_del || ' ' || coalesce(pg_relation_filenode(relid)::text, '') AS deleted FROM pg_stat_user_tables`,
  )
  return new Map(found.map(({ oid, deleted }) => [oid, deleted]))
}

async function giveReferencesBack({ copy, protection, giveBackFrom }: CarryProtected): Promise<number> {
  if (giveBackFrom === undefined) return 0
  const { references } = await readJournal(giveBackFrom)
  if (references.length === 0) return 0
  const rest = await readCatalogue(copy, { ...everything, protection })
  return giveBack(copy, await readEdges(copy, rest), references)
}
