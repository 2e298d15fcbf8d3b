import type { TableDifference } from '#lib/difference/difference.ts'
import { countPaused, returningAmong } from '#lib/difference/paused.ts'
import { previewPutBack } from '#lib/difference/put-back/preview-put-back.ts'
import { previewUndo } from '#lib/difference/put-back/preview-undo.ts'
import type { Conflict, PutBackPreview } from '#lib/difference/put-back/types.ts'
import type { EngineNotice, EngineRefusal } from '#lib/difference/refusal.ts'
import type { Side } from '#lib/difference/side.ts'
import { packWipedSet, type WipedSet } from '#lib/difference/wiped-set.ts'
import type { CompareRequest, Comparison, PutBackComparison, PutBackRequest } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { estimateWritePause } from './estimate.ts'
import { pausedOf } from './paused.ts'
import { scopeOf } from './sides.ts'
import { totalOf } from './tally.ts'
import { tellTable } from './tell-table.ts'
import { titleOfRow } from './title-of-rows.ts'

/** What a put-back, or its undo, would do, told as every comparison is: only rows that come (`missing`), or only rows that go (`newer`). */
export async function comparePutBack(
  request: CompareRequest,
  asked: PutBackRequest,
  live: Side,
  stored: Side,
  signal: AbortSignal | undefined,
): Promise<Comparison> {
  const began = performance.now()
  const comparedAt = new Date().toISOString()
  const found = await preview(request, asked, live, stored, signal)
  const compareMs = performance.now() - began
  const tables: Comparison['tables'] = []
  for (const table of found.tables) {
    signal?.throwIfAborted()
    tables.push(await tellTable(table, live, stored, request))
  }
  return {
    digest: found.digest,
    wiped: packWipedSet(found.rows),
    method: 'exact',
    comparedAt,
    durationMs: Math.round(performance.now() - began),
    total: totalOf(tables),
    tables,
    edges: [],
    drift: [],
    refusals: { inPlace: found.refusal, swap: { code: 'swap_needs_full', facts: {} } },
    estimate: { writePauseMs: estimateWritePause(compareMs, tables), offlineMs: 0 },
    notices: [...found.notices],
    notes: [],
    putBack: found.putBack,
    ...pausedOf(request.portal, await countPaused(stored, await returningAmong(stored, request.portal.protection, found.tables))),
  }
}

type Found = {
  tables: readonly TableDifference[]
  rows: WipedSet
  digest: string
  refusal: EngineRefusal | null
  notices: readonly EngineNotice[]
  putBack: PutBackComparison
}

async function preview(
  request: CompareRequest,
  asked: PutBackRequest,
  live: Side,
  stored: Side,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const { portal, snapshot } = request
  const { leaveOutConflicts } = asked
  const binding = { portal: portal.id, snapshot: snapshot.id, scope: request.scope, asked: JSON.stringify(asked) }
  if ('undoOf' in asked) {
    const undo = await previewUndo(
      { live, snapshot: stored, undoOf: asked.undoOf, protection: portal.protection, leaveOutConflicts },
      binding,
    )
    const { conflicts, leftOut } = undo
    return {
      ...undo,
      putBack: {
        returning: [],
        parents: [],
        conflicts: await titled(conflicts, live, live, request),
        leftOut: leftOut.map(named),
        notMissing: [],
      },
    }
  }
  const scope = scopeOf(portal, request.scope)
  const what = {
    live,
    snapshot: stored,
    baseline: baselineOf(snapshot),
    scope,
    records: asked.records,
    leaveOutConflicts,
    signal,
  }
  const found = await previewPutBack(what, binding)
  const { tables, parents, conflicts, leftOut, notMissing } = found.preview
  return {
    ...found,
    putBack: {
      returning: tables.map(named),
      parents: await withTitles(parents, stored, request),
      conflicts: await titled(conflicts, stored, live, request),
      leftOut: leftOut.map(named),
      notMissing: [...notMissing],
    },
  }
}

/** Beyond this many a list is no longer read, and its rows go by their keys. */
const titledAtMost = 200

/** `rowsOf` has the rows that would come or go, `live` those in their way. */
async function titled(
  conflicts: readonly Conflict[],
  rowsOf: Side,
  live: Side,
  { columns }: CompareRequest,
): Promise<PutBackComparison['conflicts']> {
  const told: PutBackComparison['conflicts'] = []
  for (const conflict of conflicts) {
    const { table, row, inTheWay } = conflict
    const few = told.length < titledAtMost
    told.push({
      ...conflict,
      title: few ? await titleOfRow(rowsOf, table, row, columns) : null,
      inTheWayTitle: few && inTheWay !== null ? await titleOfRow(live, inTheWay.table, inTheWay.row, columns) : null,
    })
  }
  return told
}

async function withTitles(
  parents: PutBackPreview['parents'],
  stored: Side,
  { columns }: CompareRequest,
): Promise<PutBackComparison['parents']> {
  const told: PutBackComparison['parents'] = []
  for (const parent of parents)
    told.push({
      ...parent,
      title: told.length < titledAtMost ? await titleOfRow(stored, parent.table, parent.row, columns) : null,
    })
  return told
}

function named<T extends { table: { schema: string; name: string } }>({ table, ...rest }: T) {
  return { ...rest, schema: table.schema, table: table.name }
}
