import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { policyVersions, previews, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Sampling } from '#lib/difference/compare/time-limit.ts'
import { type Policy, policySchema } from '#lib/domain/policy/policy.ts'
import { raiseAlert, resolveAlert } from './alerts.ts'
import { refusedBy } from './bad-snapshots.ts'
import { type SnapshotRow, snapshotRefWithBaseline } from './catalogue-rows.ts'
import { comparePutBack, putBackReport } from './compare-put-back.ts'
import { describeExtract } from './extract/describe-extract.ts'
import {
  type AdapterRefusal,
  AdapterRefused,
  type CompareRequest,
  type Comparison,
  type SnapshotRef,
  type TableColumns,
  type TellProgress,
} from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { type Built, buildPreview } from './preview-build.ts'
import { previewColumns, readTableShapes } from './preview-columns.ts'
import { keepProgress, tellPreview } from './preview-progress.ts'
import type { PreviewReport } from './preview-report.ts'
import { type PutBackAsked, putBackAsked } from './put-back-asked.ts'
import { enqueuePreview } from './request-preview.ts'
import { selectionSchema } from './selection.ts'
import { adapterBackTo } from './way-back.ts'

export type PreviewRow = typeof previews.$inferSelect
export type ComputedPreview =
  | { state: 'ready'; digest: string }
  | { state: 'refused'; refusal: AdapterRefusal }
  | { state: 'failed' }

const EXAMPLES_PER_TABLE = 60
const ABANDONED_AFTER_SECONDS = 30

/**
 * Computes a preview and writes it once: a row that is settled never changes (I9), and computing it twice is harmless. Null when it
 * is settled already. An expected no becomes `refused`; what breaks becomes `failed` with its reason, unless the signal stopped it:
 * then the row stays `computing` for the next worker.
 */
export async function computePreview(
  db: Db,
  previewId: string,
  signal: AbortSignal,
  /** In place of what the policy says. */
  sampling?: Sampling,
): Promise<ComputedPreview | null> {
  const asked = await scoped(db, 'system', (tx) => readAsked(tx, previewId))
  if (!asked) return null
  const books = keepProgress(db, asked.preview, asked.hand.portal.tableWords)
  try {
    const { comparison, report } = await compareForPeople(asked, signal, {
      tellProgress: books.tell,
      sampling: sampling ?? { timeLimitMs: asked.policy.previewTimeLimitSeconds * 1000 },
    })
    return await settle(db, previewId, report.ok ? { comparison, report: report.report } : { refusal: report.refusal }, asked)
  } catch (cause) {
    if (cause instanceof AdapterRefused) return settle(db, previewId, { refusal: cause.refusal }, asked)
    if (signal.aborted) throw cause
    await scoped(db, 'system', (tx) => fail(tx, asked.preview, cause instanceof Error ? cause.message : String(cause)))
    return { state: 'failed' }
  } finally {
    await books.stop()
  }
}

type Asked = {
  preview: PreviewRow
  hand: PortalAtHand
  snapshot: SnapshotRow
  ref: SnapshotRef
  policy: Policy
  putBack: PutBackAsked | null
}

/** A preview's row with all that it speaks of; null when it is settled or what it speaks of is gone. */
async function readAsked(tx: Tx, previewId: string): Promise<Asked | null> {
  const [preview] = await tx.select().from(previews).where(eq(previews.id, previewId))
  return preview?.state === 'computing' ? readPreviewed(tx, preview) : null
}

export async function readPreviewed(tx: Tx, preview: PreviewRow): Promise<Asked | null> {
  const [snapshot] = await tx.select().from(snapshots).where(eq(snapshots.id, preview.snapshotId))
  if (!snapshot) return null
  const hand = await portalAtHand(tx, preview.portalId, await adapterBackTo(tx, snapshot))
  const ref = await snapshotRefWithBaseline(tx, snapshot)
  if (!hand || !ref) return null
  const [policy, putBack] = [await policyOf(tx, preview.policyVersion), await putBackAsked(tx, preview)]
  return { preview, hand, snapshot, ref, policy, putBack }
}

/** The numbers of one version of the policy. */
export async function policyOf(tx: Tx, version: number): Promise<Policy> {
  const [row] = await tx.select({ policy: policyVersions.policy }).from(policyVersions).where(eq(policyVersions.version, version))
  return policySchema.parse(row?.policy ?? {})
}

export type ComparedForPeople = {
  comparison: Pick<Comparison, 'digest' | 'wiped' | 'method' | 'comparedAt' | 'total' | 'files'>
  report: Built
}

export type ComparingHow = { tellProgress?: TellProgress; sampling?: Sampling }

/** Compares the preview's snapshot with live as it is now, exactly where no time limit is given; of an extract, reads what its files would hold. */
export async function compareForPeople(
  asked: Asked,
  signal: AbortSignal,
  { tellProgress, sampling }: ComparingHow = {},
): Promise<ComparedForPeople> {
  const { hand, preview, snapshot } = asked
  const columns = previewColumns(await readTableShapes(hand.ref), hand.portal.tableWords, hand.ref.withheld)
  if (preview.scope === 'extract') return extractForPeople(asked, columns, signal)
  const request: CompareRequest = {
    portal: hand.ref,
    snapshot: asked.ref,
    scope: preview.scope,
    columns,
    examplesPerTable: EXAMPLES_PER_TABLE,
    edgeHandling: hand.portal.edgeHandling,
    ...(sampling === undefined ? {} : { sampling }),
  }
  const { comparison, leaveOutConflicts } =
    asked.putBack === null
      ? { comparison: await hand.adapter.compare(request, signal, tellProgress), leaveOutConflicts: false }
      : await comparePutBack(hand.adapter, request, asked.putBack, signal)
  const report = buildPreview({
    comparison,
    scope: preview.scope,
    hasFiles: typeof hand.ref.filesPath === 'string',
    snapshotAt: snapshot.completedAt ?? snapshot.startedAt,
    userCount: hand.portal.userCount,
    words: hand.portal.tableWords,
    columns,
    protectedData: hand.portal.protectedData,
    writePauseLimitMs: asked.policy.writePauseLimitMs,
  })
  if (!report.ok || !comparison.putBack) return { comparison, report }
  const putBack = putBackReport(comparison.putBack, { leaveOutConflicts, words: hand.portal.tableWords })
  return { comparison, report: { ok: true, report: { ...report.report, putBack } } }
}

async function extractForPeople(
  { preview, hand, snapshot, ref }: Asked,
  columns: TableColumns[],
  signal: AbortSignal,
): Promise<ComparedForPeople> {
  const selection = selectionSchema.parse(preview.selection)
  if (selection.kind !== 'records') throw new Error(`preview ${preview.id}: an extract names its records`)
  const from = { ref, completedAt: snapshot.completedAt ?? snapshot.startedAt }
  const order = { hand, snapshot: from, selection, columns, examplesPerTable: EXAMPLES_PER_TABLE }
  const { comparison, report } = await describeExtract(order, signal)
  return { comparison, report: { ok: true, report } }
}

type Settled = { comparison: ComparedForPeople['comparison']; report: PreviewReport } | { refusal: AdapterRefusal }

async function settle(db: Db, previewId: string, settled: Settled, asked: Asked): Promise<ComputedPreview> {
  return scoped(db, 'system', async (tx) => {
    const write = (values: Partial<typeof previews.$inferInsert>) =>
      tx
        .update(previews)
        .set({ ...values, progress: null })
        .where(and(eq(previews.id, previewId), eq(previews.state, 'computing')))
    await tellPreview(tx, asked.preview)
    await resolveAlert(tx, 'preview_failed', asked.preview.portalId)
    if ('refusal' in settled) {
      const { code, facts } = await refusedBy(tx, asked.snapshot, settled.refusal)
      await write({ state: 'refused', refusal: { code, rule: null, policyVersion: asked.preview.policyVersion, facts } })
      return { state: 'refused', refusal: { code, facts } }
    }
    const { comparison, report } = settled
    await write({
      state: 'ready',
      digest: comparison.digest,
      method: comparison.method,
      way: report.way,
      report,
      wiped: Buffer.from(comparison.wiped),
      takenAt: new Date(comparison.comparedAt),
    })
    return { state: 'ready', digest: comparison.digest }
  })
}

/** Whoever asked is told that the desk knows: it is, until a comparison of that portal comes to its end again. */
async function fail(tx: Tx, { id, portalId }: PreviewRow, error: string): Promise<void> {
  await tx
    .update(previews)
    .set({ state: 'failed', error, progress: null })
    .where(and(eq(previews.id, id), eq(previews.state, 'computing')))
  await tellPreview(tx, { id, portalId })
  await raiseAlert(tx, { kind: 'preview_failed', portalId, subject: portalId, detail: { previewId: id, reason: error } })
}

/** Enqueues previews again whose worker went away. Returns their ids. */
export async function sweepPreviews(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => {
    const rows = z.array(z.object({ id: z.string() })).parse(
      await tx.execute(sql`
        select id from previews where state = 'computing'
           and coalesce((progress->>'beatAt')::timestamptz, created_at) < clock_timestamp() - make_interval(secs => ${ABANDONED_AFTER_SECONDS}::int)`),
    )
    for (const { id } of rows) await enqueuePreview(tx, id)
    return rows.map((row) => row.id)
  })
}
