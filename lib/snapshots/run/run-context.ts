import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { previews, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { snapshotRefWithBaseline } from '../catalogue-rows.ts'
import { consentedTotal, toleranceOf } from '../compare-with-consent.ts'
import { policyOf } from '../compute-preview.ts'
import type { FileStore } from '../extract/store-file.ts'
import type { Lease, LeaseTimes } from '../lease.ts'
import type { Facts, PutBackRequest, RestoreRequest, RestoreScope, SnapshotRef, Tally } from '../port.ts'
import { type PortalAtHand, portalAtHand } from '../portal-at-hand.ts'
import { previewReportSchema } from '../preview-report.ts'
import { putBackAsked } from '../put-back-asked.ts'
import { type Selection, selectionSchema } from '../selection.ts'
import { adapterBackTo } from '../way-back.ts'
import type { CatalogueBoundary } from '../work.ts'
import { journalOf } from './journal-of.ts'
import type { RunBooks, RunRow } from './run-books.ts'

/** Boundaries of the run itself, beside the adapter's: the kill sweep hangs on both. */
export type RunBoundary =
  | CatalogueBoundary
  | 'run.begun'
  | 'run.announced'
  | 'run.safetyKept'
  | 'run.carryingOver'
  | 'run.carriedOver'
  | 'run.rehearsed'
  | 'run.extracting'
  | 'run.extracted'
  | 'run.adopted'
  | 'run.proved'
  | 'run.finishing'
  | 'run.finished'

export type RunWork = {
  workerId: string
  /** Aborts when the worker is told to stop: the run is handed over at once, unless it is past its commit (S62). */
  signal: AbortSignal
  /** Awaited after the books are written and before the boundary is passed. */
  observe: (boundary: RunBoundary, detail?: Facts) => Promise<void>
  /** Tells the people of the portal before anything is touched. May be called again after a crash: it must tell once. */
  announce: ((run: RunRow) => Promise<void>) | null
  /** Tells the outcome and notes that it was told (`reportRun`), in one transaction. Called until it has succeeded. */
  report: (run: RunRow) => Promise<void>
  /** Until when it may commit, and whether it goes on all the same (S54). Judged on the database's clock. */
  window: { until: Date; atEnd: 'abort' | 'go_on' } | null
  /** Folder under which each run keeps what it overwrites; shared by all workers of a datastore. */
  journalRoot: string
  /** Where files for the portal's people are kept, sealed. */
  files: FileStore
  leaseTimes?: LeaseTimes
  limits?: Partial<RunLimits>
}

export type RunLimits = {
  /** Attempts of one run, taking over after a crash included. */
  attempts: number
  retryAfterMs: number
  lockWaitMs: number
  /** At least; three times the preview's estimate where that is more. */
  lockHeldMs: number
  pollMs: number
}
const usualLimits: RunLimits = { attempts: 5, retryAfterMs: 5_000, lockWaitMs: 10_000, lockHeldMs: 60_000, pollMs: 300 }

/** Everything one execution of a run works with. */
export type RunContext = {
  db: Db
  lease: Lease
  run: RunRow
  /** Through the adapter that keeps the snapshot. */
  hand: PortalAtHand
  /** Through the datastore's adapter, which makes the safety copy: an undo must not hang on the second place. */
  own: PortalAtHand
  snapshot: SnapshotRef
  /** Rows as consented to, and the portal's files where some were to be moved. */
  total: Tally
  files: Tally | null
  consented: RestoreRequest['consented']
  giveBackFrom: string | null
  /** The policy's numbers for what is carried over (R6). */
  carryOver: { undoWindowHours: number; days: number; limit: { rows: number; bytes: number } }
  /** What comes back, or goes again, where the run is about chosen records alone; as the preview that was consented to had it. */
  putBack: PutBackRequest | null
  /** The records of an extract, and how long its files are kept. */
  extract: { selection: Extract<Selection, { kind: 'records' }>; days: number } | null
  limits: RunLimits
  books: RunBooks
  work: RunWork
  /** Cancellation, end of the window, a lost lease, SIGTERM: whichever comes first. */
  signal: AbortSignal
}

export type RunOrder = Pick<
  RunContext,
  'hand' | 'own' | 'snapshot' | 'total' | 'files' | 'consented' | 'giveBackFrom' | 'carryOver' | 'putBack' | 'extract' | 'limits'
>

/** Reads what a run was asked to do. Throws when the portal or the snapshot is no longer there. */
export async function readOrder(db: Db, run: RunRow, limits: Partial<RunLimits> = {}): Promise<RunOrder> {
  return scoped(db, 'system', async (tx) => {
    const [snapshot] = await tx.select().from(snapshots).where(eq(snapshots.id, run.snapshotId))
    const adapter = snapshot && (await adapterBackTo(tx, snapshot))
    const [hand, own] = [await portalAtHand(tx, run.portalId, adapter), await portalAtHand(tx, run.portalId)]
    const [preview] = await tx.select().from(previews).where(eq(previews.id, run.previewId))
    const ref = snapshot?.state === 'ready' ? await snapshotRefWithBaseline(tx, snapshot) : null
    if (!hand || !own || !ref || !preview) throw new Error(`run ${run.id}: its portal, snapshot or preview is gone`)
    const total = consentedTotal(preview.report)
    const policy = await policyOf(tx, preview.policyVersion)
    const { writePauseMs: estimateMs, putBack: seen, files } = previewReportSchema.parse(preview.report)
    const asked = await putBackAsked(tx, preview)
    const all = { ...usualLimits, ...limits }
    return {
      hand,
      own,
      snapshot: ref,
      total,
      files: typeof files === 'object' ? { missing: files.missing, newer: files.newer, changed: files.changed } : null,
      consented: { digest: run.digest, wiped: preview.wiped ?? new Uint8Array(), toleranceRows: toleranceOf(policy, total) },
      giveBackFrom: run.undoesRunId === null ? null : await journalOf(tx, run.undoesRunId),
      carryOver: {
        undoWindowHours: policy.undoWindowHours,
        days: policy.carryOverDays,
        limit: { rows: policy.carryOverMaximumRows, bytes: policy.carryOverMaximumMegabytes * 1_000_000 },
      },
      putBack: asked && { ...asked, leaveOutConflicts: seen?.leaveOutConflicts ?? false },
      extract: run.scope === 'extract' ? { selection: recordsOf(preview.selection), days: policy.extractDays } : null,
      limits: { ...all, lockHeldMs: Math.max(all.lockHeldMs, 3 * estimateMs) },
    }
  })
}

/** As the port names it; an extract is none of its restores. */
export function portScope(scope: RunRow['scope']): RestoreScope {
  if (scope === 'extract') throw new Error('an extract is not restored')
  return scope
}

function recordsOf(selection: unknown): Extract<Selection, { kind: 'records' }> {
  const parsed = selectionSchema.parse(selection)
  if (parsed.kind !== 'records') throw new Error('an extract names its records')
  return parsed
}
