import { eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import { type Refusal, refusalSchema } from '#lib/domain/refusal.ts'
import { type PreviewProgress, readProgress } from '#lib/snapshots/preview-progress.ts'
import { type PreviewReport, previewReportSchema } from '#lib/snapshots/preview-report.ts'
import { standingOf } from './standing.ts'

export type AskedPreview = {
  id: string
  portalId: string
  snapshotId: string
  scope: Scope
  purpose: 'restore' | 'undo'
  digest: string | null
  createdAt: Date
} & (
  | { state: 'computing'; progress: PreviewProgress | null }
  | { state: 'ready'; report: PreviewReport }
  | { state: 'refused'; refusal: Refusal }
  | { state: 'failed' }
)

/** A preview that was asked for, for the one who asked and for the portal's owner; null for everybody else, as if it did not exist. */
export async function readAskedPreview(db: Db, actor: Person, previewId: string): Promise<AskedPreview | null> {
  if (!z.uuid().safeParse(previewId).success) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const [row] = await tx.select().from(previews).where(eq(previews.id, previewId))
    if (!row) return null
    const mine = row.requestedBy === actor.userId
    if (!mine && !(await standingOf(tx, actor, row.portalId, null)).has('owner')) return null
    const { id, portalId, snapshotId, scope, purpose, digest, createdAt } = row
    const about = { id, portalId, snapshotId, scope, purpose, digest, createdAt }
    switch (row.state) {
      case 'computing':
        return { ...about, state: 'computing', progress: readProgress(row.progress) }
      case 'ready':
        return { ...about, state: 'ready', report: previewReportSchema.parse(row.report) }
      case 'refused':
        return { ...about, state: 'refused', refusal: refusalSchema.parse(row.refusal) }
      case 'failed':
        return { ...about, state: 'failed' }
    }
  })
}
