import { readCatalogue } from '#lib/difference/catalogue.ts'
import { countKeptReferences } from '#lib/difference/count-edges.ts'
import type { Difference } from '#lib/difference/difference.ts'
import { digestOf } from '#lib/difference/digest.ts'
import { findObstacles } from '#lib/difference/find-obstacles.ts'
import { compareKept } from '#lib/difference/kept.ts'
import { nameKey, shown } from '#lib/difference/names.ts'
import { countPaused, findReturning } from '#lib/difference/paused.ts'
import { isNothing } from '#lib/difference/protection.ts'
import { atOneMoment, type Side } from '#lib/difference/side.ts'
import { packWipedSet, wipedSetOf } from '#lib/difference/wiped-set.ts'
import type { AdapterRefusal, CompareRequest, Comparison, SampledComparison, TellProgress } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { estimateCarryMs, findCarryRefusal } from './carrier.ts'
import { comparePutBack } from './compare-put-back.ts'
import { withClient } from './connect.ts'
import { withCopy } from './copies.ts'
import { estimateWritePause } from './estimate.ts'
import { fullDifference } from './full-difference.ts'
import { pausedOf } from './paused.ts'
import { expectedOfflineMs } from './rehearse.ts'
import { scopeOf, withSides } from './sides.ts'
import { findBound } from './swap-checks.ts'
import { totalOf } from './tally.ts'
import { tellTable } from './tell-table.ts'

/** The difference, told to people: counts, persons, hours, examples; exact, but for what a time limit left to a sample (S38). Nobody waits for it. */
export async function compare(request: CompareRequest, signal?: AbortSignal, tellProgress?: TellProgress): Promise<Comparison> {
  const { portal, snapshot, against } = request
  const live = against?.databaseName ?? portal.databaseName
  const read = () =>
    withSides(portal.adminUrl, [{ databaseName: live }, { databaseName: snapshot.databaseName }], (liveSide, stored) =>
      atOneMoment([liveSide, stored], () =>
        request.putBack === undefined
          ? tell(request, liveSide, stored, { signal, tellProgress })
          : comparePutBack(request, request.putBack, liveSide, stored, signal),
      ),
    )
  return withCopy(portal.adminUrl, snapshot.databaseName, () => (against ? withCopy(portal.adminUrl, live, read) : read()))
}

type Told = { signal: AbortSignal | undefined; tellProgress: TellProgress | undefined }

async function tell(request: CompareRequest, live: Side, stored: Side, { signal, tellProgress }: Told): Promise<Comparison> {
  const began = performance.now()
  const comparedAt = new Date().toISOString()
  const scope = scopeOf(request.portal, request.scope)
  const compared = await fullDifference(live, stored, scope, {
    signal,
    tellProgress,
    sampling: request.sampling,
    baseline: baselineOf(request.snapshot),
  })
  const keptReferences = scope.protection
    ? await countKeptReferences(live, stored, await readCatalogue(live, scope), compared.tables)
    : []
  const difference = { ...compared, edges: [...compared.edges, ...keptReferences] }
  const compareMs = performance.now() - began
  const tables: Comparison['tables'] = []
  for (const table of difference.tables) {
    signal?.throwIfAborted()
    tables.push(await tellTable(table, live, stored, request))
  }
  const sampled = await tellSampled(difference, live, stored, request)
  const inPlace = await findObstacles(live, stored, scope, 'in_place')
  const swap = await findObstacles(live, stored, scope, 'swap')
  const bound = await withClient(request.portal.adminUrl, undefined, (admin) => findBound(admin, request.portal))
  const uncarriable = await findCarryRefusal(live, stored, request.portal.protection)
  const kept = await keptOf(request, difference, live, stored, signal)
  const returning = await findReturning(live, stored, scope, signal)
  const carryMs = await estimateCarryMs(live, request.portal.protection)
  const unsettled = findUnsettled(difference.edges, request)
  const notFull = request.scope === 'full' ? null : ({ code: 'swap_needs_full', facts: {} } as const)
  return {
    digest: digestOf(difference, {
      portal: request.portal.id,
      snapshot: request.snapshot.id,
      scope: request.scope,
      edges: JSON.stringify(Object.entries(request.edgeHandling).sort()),
      protected: JSON.stringify(withoutList(request.portal.protection)),
    }),
    wiped: packWipedSet(wipedSetOf(difference)),
    method: difference.way,
    comparedAt,
    durationMs: Math.round(performance.now() - began),
    total: totalOf(tables),
    tables,
    ...(sampled.length === 0 ? {} : { sampled }),
    edges: edgesOf(difference.edges, keptReferences, request),
    drift: difference.drift.flatMap(({ name, kind, details }) => [
      `${name}: ${kind.replace('_', ' ')}`,
      ...details.map((line) => `${name}: ${line}`),
    ]),
    refusals: {
      inPlace: inPlace.refusals[0] ?? unsettled,
      swap: notFull ?? bound ?? swap.refusals[0] ?? uncarriable ?? unsettled,
    },
    estimate: { writePauseMs: estimateWritePause(compareMs, tables, sampled), offlineMs: expectedOfflineMs + carryMs },
    notices: [...inPlace.notices],
    notes: [],
    ...kept,
    ...pausedOf(request.portal, await countPaused(stored, returning)),
  }
}

/** A record that is erased later takes rows out of what was consented to, and nothing else: that asks nobody again (S66). */
function withoutList(protection: CompareRequest['portal']['protection']) {
  return protection ? { tables: protection.tables, columns: protection.columns } : null
}

async function keptOf(
  { portal, snapshot, scope, sampling }: CompareRequest,
  { sequences, erased }: Difference,
  live: Side,
  stored: Side,
  signal?: AbortSignal,
): Promise<Pick<Comparison, 'kept'>> {
  if (!portal.protection || isNothing(portal.protection)) return {}
  const parts = await compareKept(live, stored, scopeOf(portal, scope), { signal, sampling, baseline: baselineOf(snapshot) })
  return { kept: { ...parts, erased, sequences: sequences.filter(({ snapshotIsAhead }) => !snapshotIsAhead).length } }
}

/** Who and when, sums and stages are not told of them: what the sample has of these is no measure of the whole. */
async function tellSampled(
  { sampled = [], edges }: Difference,
  live: Side,
  stored: Side,
  request: CompareRequest,
): Promise<SampledComparison[]> {
  const told: SampledComparison[] = []
  for (const { table, seen, missing, newer, changed, rowsLookedAt, rowsInAll } of sampled) {
    const { examples } = await tellTable(seen, live, stored, request)
    const referencesUnknown = edges.some(({ from, to }) => [from, to].some((end) => nameKey(end) === nameKey(table)))
    const counted = { missing, newer, changed, rowsLookedAt, rowsInAll: Math.round(rowsInAll) }
    told.push({ schema: table.schema, table: table.name, ...counted, referencesUnknown, examples })
  }
  return told
}

type Edges = Difference['edges']

function edgesOf(edges: Edges, kept: Edges, request: CompareRequest): Comparison['edges'] {
  const whole = new Set((request.portal.protection?.tables ?? []).map(shown))
  return edges
    .filter(({ danglingRows }) => danglingRows > 0)
    .map((edge) => ({
      constraint: edge.edge,
      fromTable: shown(edge.from),
      toTable: shown(edge.to),
      rows: edge.danglingRows,
      handling: handlingOf(edge, request),
      ...(kept.includes(edge) || (edge.direction === 'inward' && whole.has(shown(edge.from)))
        ? { keptBy: [...edge.columns] }
        : {}),
    }))
}

function handlingOf({ edge }: Edges[number], { edgeHandling }: CompareRequest): Comparison['edges'][number]['handling'] {
  return edgeHandling[edge] ?? edgeHandling['*'] ?? 'refuse'
}

/** What could not be handled as it is configured is said before anybody consents (S71). A value that a row keeps in a protected column is never nulled. */
function findUnsettled(edges: Edges, request: CompareRequest): AdapterRefusal | null {
  for (const edge of edges) {
    if (edge.danglingRows === 0) continue
    const handling = handlingOf(edge, request)
    const facts = { edge: edge.edge, rows: edge.danglingRows }
    if (handling === 'refuse') return { code: 'reference_refused', facts }
    if (handling === 'null' && !edge.nullable) return { code: 'reference_not_nullable', facts }
  }
  return null
}
