import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { previews, type RestoreScope, snapshots } from '#db/schema/index.ts'
import type { Selection } from './selection.ts'

export type PreviewInput = {
  portalId: string
  snapshotId: string
  scope: RestoreScope
  /** An undo's preview compares with the safety copy of the run it takes back (S57). */
  purpose?: 'restore' | 'undo'
  /** For `extract` and `put_back` alone. */
  selection?: Selection | null
  policyVersion: number
  requestedBy: string | null
}

/**
 * Writes a preview's row and the job that computes it, in the caller's transaction. Null when the portal has no such finished
 * snapshot (a foreign one included).
 */
export async function requestPreview(tx: Tx, input: PreviewInput): Promise<{ previewId: string } | null> {
  const [snapshot] = await tx
    .select({ id: snapshots.id })
    .from(snapshots)
    .where(and(eq(snapshots.id, input.snapshotId), eq(snapshots.portalId, input.portalId), eq(snapshots.state, 'ready')))
  if (!snapshot) return null
  const [row] = await tx
    .insert(previews)
    .values({ ...input, purpose: input.purpose ?? 'restore' })
    .returning({ id: previews.id })
  if (!row) throw new Error('an inserted preview row did not come back')
  await enqueuePreview(tx, row.id)
  return { previewId: row.id }
}

export async function enqueuePreview(tx: Tx, previewId: string): Promise<void> {
  const payload = JSON.stringify({ previewId })
  await tx.execute(sql`select enqueue_job('computePreview', ${payload}::json, null::timestamptz, ${`preview:${previewId}`})`)
}
