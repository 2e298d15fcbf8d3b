import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { searches, snapshots, type TableWords } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type SnapshotRow, snapshotRef } from './catalogue-rows.ts'
import { deletionTrail } from './deletion-trail.ts'
import type { Found, TableColumns } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { previewColumns, readTableShapes } from './preview-columns.ts'
import type { SearchReport } from './search-report.ts'
import { tableName } from './table-name.ts'

const RECORDS_AT_MOST = 50
const POINTS_AT_MOST = 30
const TIME_LIMIT_MS = 25_000
const ABANDONED_AFTER_MINUTES = 3
const KEPT_HOURS = 24

/** Looks for what was asked and writes it down once. Null when that is done already. What breaks becomes `failed`, unless the signal stopped it. */
export async function searchRecords(db: Db, searchId: string, signal: AbortSignal): Promise<'ready' | 'failed' | null> {
  const asked = await scoped(db, 'system', (tx) => readAsked(tx, searchId))
  if (!asked) return null
  try {
    const report = await searchPortal(asked, signal)
    await settle(db, searchId, { state: 'ready', report })
    return 'ready'
  } catch (cause) {
    if (signal.aborted) throw cause
    await settle(db, searchId, { state: 'failed', error: cause instanceof Error ? cause.message : String(cause) })
    return 'failed'
  }
}

type Asked = { words: string; scope: 'crm' | 'full'; hand: PortalAtHand; points: SnapshotRow[] }

async function readAsked(tx: Tx, searchId: string): Promise<Asked | null> {
  const [search] = await tx
    .select()
    .from(searches)
    .where(and(eq(searches.id, searchId), eq(searches.state, 'searching')))
  const hand = search ? await portalAtHand(tx, search.portalId) : null
  if (!search || !hand) return null
  return { words: search.words, scope: search.scope, hand, points: await searchedPoints(tx, hand) }
}

/** The points that a restore may go back to, the newest first; what lies in a second place is of the same days, and slower to look through. */
export function searchedPoints(
  tx: Tx,
  { portal, adapterName }: Pick<PortalAtHand, 'portal' | 'adapterName'>,
): Promise<SnapshotRow[]> {
  return tx
    .select()
    .from(snapshots)
    .where(
      and(
        eq(snapshots.portalId, portal.id),
        eq(snapshots.adapter, adapterName),
        eq(snapshots.state, 'ready'),
        inArray(snapshots.label, ['daily', 'manual']),
        sql`${snapshots.completedAt} is not null`,
      ),
    )
    .orderBy(desc(snapshots.completedAt))
    .limit(POINTS_AT_MOST)
}

export async function searchPortal({ words, scope, hand, points }: Asked, signal: AbortSignal): Promise<SearchReport> {
  const { tableWords } = hand.portal
  const shapes = await readTableShapes(hand.ref)
  const found = await hand.adapter.search(
    {
      portal: hand.ref,
      scope,
      points: points.flatMap((point) => snapshotRef(point) ?? []),
      words,
      columns: likeliestFirst(previewColumns(shapes, tableWords, hand.ref.withheld), tableWords),
      trail: deletionTrail(shapes),
      limit: RECORDS_AT_MOST,
      timeLimitMs: TIME_LIMIT_MS,
    },
    signal,
  )
  return reportOf(found, points, tableWords)
}

/** Tables that somebody named are those that people know; among the others, those whose records have a title. */
function likeliestFirst(columns: TableColumns[], words: TableWords[]): TableColumns[] {
  const place = ({ schema, table, titleColumn }: TableColumns) => {
    const at = words.findIndex((word) => word.schema === schema && word.table === table)
    return at >= 0 ? at : words.length + (titleColumn === undefined ? 1 : 0)
  }
  return columns.toSorted((one, other) => place(one) - place(other))
}

function reportOf(found: Found, points: SnapshotRow[], words: TableWords[]): SearchReport {
  const { searchedAt, durationMs, truncated, unread } = found
  return {
    version: 1,
    searchedAt,
    durationMs,
    truncated,
    unread,
    points: points.flatMap(({ id, completedAt }) => (completedAt ? [{ id, at: completedAt.toISOString() }] : [])),
    records: found.records.map((record) => ({
      ...record,
      keyColumns: Object.keys(record.key),
      name: tableName(words, record),
    })),
    leftOut: found.leftOut.map(({ why, ...table }) => ({ why, name: tableName(words, table) })),
  }
}

type Settled = { state: 'ready'; report: SearchReport } | { state: 'failed'; error: string }

async function settle(db: Db, searchId: string, settled: Settled): Promise<void> {
  await scoped(db, 'system', (tx) =>
    tx
      .update(searches)
      .set(settled)
      .where(and(eq(searches.id, searchId), eq(searches.state, 'searching'))),
  )
}

/** A search whose worker went away says so: whoever waits may ask again. */
export async function sweepSearches(db: Db): Promise<void> {
  await scoped(db, 'system', (tx) =>
    tx
      .update(searches)
      .set({ state: 'failed', error: 'nobody finished it' })
      .where(
        and(
          eq(searches.state, 'searching'),
          sql`${searches.createdAt} < clock_timestamp() - make_interval(mins => ${ABANDONED_AFTER_MINUTES}::int)`,
        ),
      ),
  )
}

/** For the nightly job: what was found are names of people's records, and serves for a sitting. */
export async function forgetSearches(db: Db): Promise<void> {
  await scoped(db, 'system', (tx) =>
    tx.delete(searches).where(sql`${searches.createdAt} < clock_timestamp() - make_interval(hours => ${KEPT_HOURS}::int)`),
  )
}
