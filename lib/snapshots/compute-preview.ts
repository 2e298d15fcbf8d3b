import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { policyVersions, previews, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type Policy, policySchema } from '#lib/domain/policy/policy.ts'
import { type SnapshotRow, snapshotRef } from './catalogue-rows.ts'
import type { AdapterRefusal, Comparison, SnapshotRef } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { buildPreview } from './preview-build.ts'
import { previewColumns, readTableShapes } from './preview-columns.ts'
import type { PreviewReport } from './preview-report.ts'
import { enqueuePreview } from './request-preview.ts'

export type PreviewRow = typeof previews.$inferSelect
export type ComputedPreview =
  | { state: 'ready'; digest: string }
  | { state: 'refused'; refusal: AdapterRefusal }
  | { state: 'failed' }

const EXAMPLES_PER_TABLE = 60
const BEAT_MS = 5_000
const ABANDONED_AFTER_SECONDS = 30

/**
 * Computes a preview and writes it once: a row that is settled never changes (I9), and computing it twice is harmless. Null when it
 * is settled already. An expected no becomes `refused`; what breaks becomes `failed` with its reason, unless the signal stopped it:
 * then the row stays `computing` for the next worker.
 */
export async function computePreview(db: Db, previewId: string, signal: AbortSignal): Promise<ComputedPreview | null> {
  const asked = await scoped(db, 'system', (tx) => readAsked(tx, previewId))
  if (!asked) return null
  const stop = beat(db, previewId, asked.snapshot.tableCount ?? 1)
  try {
    const { comparison, report } = await compareForPeople(asked, signal)
    return await settle(db, previewId, report.ok ? { comparison, report: report.report } : { refusal: report.refusal }, asked)
  } catch (cause) {
    if (signal.aborted) throw cause
    await scoped(db, 'system', (tx) =>
      tx
        .update(previews)
        .set({ state: 'failed', error: cause instanceof Error ? cause.message : String(cause) })
        .where(and(eq(previews.id, previewId), eq(previews.state, 'computing'))),
    )
    return { state: 'failed' }
  } finally {
    await stop()
  }
}

type Asked = { preview: PreviewRow; hand: PortalAtHand; snapshot: SnapshotRow; ref: SnapshotRef; policy: Policy }

/** A preview's row with all that it speaks of; null when it is settled or what it speaks of is gone. */
async function readAsked(tx: Tx, previewId: string): Promise<Asked | null> {
  const [preview] = await tx.select().from(previews).where(eq(previews.id, previewId))
  return preview?.state === 'computing' ? readPreviewed(tx, preview) : null
}

export async function readPreviewed(tx: Tx, preview: PreviewRow): Promise<Asked | null> {
  const hand = await portalAtHand(tx, preview.portalId)
  const [snapshot] = await tx.select().from(snapshots).where(eq(snapshots.id, preview.snapshotId))
  const ref = snapshot ? snapshotRef(snapshot) : null
  if (!hand || !snapshot || !ref) return null
  return { preview, hand, snapshot, ref, policy: await policyOf(tx, preview.policyVersion) }
}

/** The numbers of one version of the policy. */
export async function policyOf(tx: Tx, version: number): Promise<Policy> {
  const [row] = await tx.select({ policy: policyVersions.policy }).from(policyVersions).where(eq(policyVersions.version, version))
  return policySchema.parse(row?.policy ?? {})
}

/** Compares the preview's snapshot with live as it is now. */
export async function compareForPeople(asked: Asked, signal: AbortSignal) {
  const { hand, preview, snapshot } = asked
  const columns = previewColumns(await readTableShapes(hand.ref), hand.portal.tableWords)
  const comparison = await hand.adapter.compare(
    {
      portal: hand.ref,
      snapshot: asked.ref,
      scope: preview.scope,
      columns,
      examplesPerTable: EXAMPLES_PER_TABLE,
      edgeHandling: hand.portal.edgeHandling,
    },
    signal,
  )
  const report = buildPreview({
    comparison,
    scope: preview.scope,
    snapshotAt: snapshot.completedAt ?? snapshot.startedAt,
    userCount: hand.portal.userCount,
    words: hand.portal.tableWords,
    columns,
    writePauseLimitMs: asked.policy.writePauseLimitMs,
  })
  return { comparison, report }
}

type Settled = { comparison: Comparison; report: PreviewReport } | { refusal: AdapterRefusal }

async function settle(db: Db, previewId: string, settled: Settled, asked: Asked): Promise<ComputedPreview> {
  const values =
    'refusal' in settled
      ? {
          state: 'refused' as const,
          refusal: {
            code: settled.refusal.code,
            rule: null,
            policyVersion: asked.preview.policyVersion,
            facts: settled.refusal.facts,
          },
        }
      : {
          state: 'ready' as const,
          digest: settled.comparison.digest,
          method: settled.comparison.method,
          way: settled.report.way,
          report: settled.report,
          wiped: Buffer.from(settled.comparison.wiped),
          takenAt: new Date(settled.comparison.comparedAt),
        }
  await scoped(db, 'system', (tx) =>
    tx
      .update(previews)
      .set({ ...values, progress: null })
      .where(and(eq(previews.id, previewId), eq(previews.state, 'computing'))),
  )
  return 'refusal' in settled
    ? { state: 'refused', refusal: settled.refusal }
    : { state: 'ready', digest: settled.comparison.digest }
}

/** Says at once and every few seconds that somebody is at it, so that a preview whose worker died is known. */
function beat(db: Db, previewId: string, total: number): () => Promise<void> {
  const write = () =>
    scoped(db, 'system', (tx) =>
      tx.execute(sql`
        update previews set progress = jsonb_build_object('done', 0, 'total', ${total}::int, 'beatAt', clock_timestamp())
         where id = ${previewId} and state = 'computing'`),
    ).then(
      () => undefined,
      // A missed beat only means that another worker may compute it too; what it writes is the same.
      () => undefined,
    )
  let writing = write()
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, BEAT_MS)
  return async () => {
    clearInterval(timer)
    await writing
  }
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
