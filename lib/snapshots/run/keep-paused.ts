import { eq } from 'drizzle-orm'
import { type PausedSummary, pausedActions, pausedOutbound, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { readJournal } from '#lib/difference/journal.ts'
import { nameKey } from '#lib/difference/names.ts'
import { snapshotRefWithBaseline } from '../catalogue-rows.ts'
import { guarded, LeaseLost } from '../lease.ts'
import { type PausedTable, pausedTableSchema, type SnapshotRef } from '../port.ts'
import { tableName } from '../table-name.ts'
import { journalDirectoryOf } from './journal-of.ts'
import { portScope, type RunContext } from './run-context.ts'

/**
 * S69: which rows the run will bring back paused, and what they were, written down before anything is locked, from the restore point and the safety copy: the
 * restore's own transaction is as it would be without. Once it has committed, nothing of this depends on a worker that lives on. Passed over when an earlier
 * worker has done it for the same copy.
 */
export async function keepPaused(context: RunContext, safety: SnapshotRef): Promise<void> {
  if (!mayPause(context) || (await keptFor(context)) === safety.id) return
  context.signal.throwIfAborted()
  await writeDown(context, safety.id, await find(context, safety, context.signal))
}

export type SettledPaused = { paused: { schema: string; table: string; rows: number }[] | null; notes: string[] }

/**
 * After the commit, however it was learnt of. Where people wrote between the safety copy and the lock, another copy has taken its place (a swap keeps the
 * replaced database itself), and it is asked again; of a put-back only what its journal says has come counts. The restore is done: a failure leaves what was
 * written before it, and says so. A row too many does no harm, since it is released only while it holds what was set for it.
 */
export async function settlePaused(context: RunContext, safetySnapshotId: string): Promise<SettledPaused> {
  if (!mayPause(context)) return { paused: null, notes: [] }
  let notes: string[] = []
  try {
    const known = await keptFor(context)
    if (context.putBack !== null) await keepThoseThatCame(context, safetySnapshotId)
    else if (known !== safetySnapshotId) {
      const safety = await refOf(context, safetySnapshotId)
      if (safety === null) throw new Error('the safety copy is not there')
      await writeDown(context, safetySnapshotId, await find(context, safety, AbortSignal.timeout(AGAIN_AT_MOST_MS)))
    }
  } catch (cause) {
    if (cause instanceof LeaseLost) throw cause
    notes = [`paused outbound actions are told as of before the lock: ${cause instanceof Error ? cause.message : String(cause)}`]
  }
  const [kept] = await scoped(context.db, 'system', (tx) =>
    tx.select({ tables: pausedOutbound.tables }).from(pausedOutbound).where(eq(pausedOutbound.runId, context.run.id)),
  )
  return { paused: (kept?.tables ?? []).map(({ schema, table, rows }) => ({ schema, table, rows })), notes }
}

const AGAIN_AT_MOST_MS = 10 * 60_000

/** Only where something is outbound, the adapter can find it, and rows come back at all. */
function mayPause({ hand, putBack }: RunContext): boolean {
  if (putBack !== null && 'undoOf' in putBack) return false
  return (
    hand.adapter.capabilities.releaseOutbound && (hand.ref.protection?.columns ?? []).some(({ outbound }) => outbound === true)
  )
}

function find({ hand, run, snapshot }: RunContext, safety: SnapshotRef, signal: AbortSignal): Promise<PausedTable[]> {
  if (!hand.adapter.findPaused)
    throw new Error(`the adapter ${hand.adapterName} declares that it finds paused rows, and does not`)
  return hand.adapter.findPaused({ portal: hand.ref, snapshot, safety, scope: portScope(run.scope) }, signal)
}

/** The journal names each row that a put-back inserted; before the commit all that is missing was written down. */
async function keepThoseThatCame(context: RunContext, safetySnapshotId: string): Promise<void> {
  const { inserted } = await readJournal(journalDirectoryOf(context, context.run))
  const came = new Map(inserted.map(({ table, rows }) => [nameKey(table), new Set(rows.map(({ key }) => JSON.stringify(key)))]))
  const [kept] = await scoped(context.db, 'system', (tx) =>
    tx.select().from(pausedActions).where(eq(pausedActions.runId, context.run.id)),
  )
  const tables = pausedTableSchema.array().parse(kept?.actions ?? [])
  const those = tables.map((one) => {
    const keys = came.get(nameKey({ schema: one.schema, name: one.table }))
    return { ...one, rows: one.rows.filter(({ key }) => keys?.has(JSON.stringify(key)) ?? false) }
  })
  await writeDown(
    context,
    safetySnapshotId,
    those.filter(({ rows }) => rows.length > 0),
  )
}

async function keptFor({ db, run }: RunContext): Promise<string | null> {
  const [kept] = await scoped(db, 'system', (tx) =>
    tx.select({ id: pausedOutbound.safetySnapshotId }).from(pausedOutbound).where(eq(pausedOutbound.runId, run.id)),
  )
  return kept?.id ?? null
}

async function writeDown({ db, lease, run, hand }: RunContext, safetySnapshotId: string, actions: PausedTable[]): Promise<void> {
  const tables = actions.map((table) => summaryOf(table, hand.portal.tableWords))
  await guarded(db, lease, async (tx) => {
    const { portalId, ticketId, id: runId } = run
    await tx
      .insert(pausedOutbound)
      .values({ runId, portalId, ticketId, safetySnapshotId, tables })
      .onConflictDoUpdate({ target: pausedOutbound.runId, set: { safetySnapshotId, tables } })
    await tx
      .insert(pausedActions)
      .values({ runId, actions })
      .onConflictDoUpdate({ target: pausedActions.runId, set: { actions } })
  })
}

/** More different ones are no states that people would know again. */
const toldApartAtMost = 6

function summaryOf({ schema, table, rows }: PausedTable, words: Parameters<typeof tableName>[0]): PausedSummary {
  const byValue = [...Map.groupBy(rows, ({ was }) => was[0] ?? null)].map(([value, all]) => ({ value, rows: all.length }))
  const was = byValue.length > toldApartAtMost ? null : byValue.sort((a, b) => b.rows - a.rows)
  return { schema, table, name: tableName(words, { schema, table }), rows: rows.length, was }
}

async function refOf({ db }: RunContext, snapshotId: string): Promise<SnapshotRef | null> {
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx.select().from(snapshots).where(eq(snapshots.id, snapshotId))
    return row?.state === 'ready' ? snapshotRefWithBaseline(tx, row) : null
  })
}
