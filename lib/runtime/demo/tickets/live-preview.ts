import { and, desc, eq, lt } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { computePreview } from '#lib/snapshots/compute-preview.ts'
import { requestPreview } from '#lib/snapshots/request-preview.ts'
import { cancelJob } from '#lib/tickets/enqueue-job.ts'
import { demoId } from '../secrets.ts'
import type { Stage } from './stage.ts'

export type RealPreview = { previewId: string; digest: string; snapshotId: string }

/** The newest restore point from before the mishap, compared with the portal for real; only the date is put back to when it was asked for. */
export async function realPreview(
  db: Db,
  stage: Stage,
  of: { portal: string; scope: 'crm' | 'full'; mishapAt: Date; askedAt: Date },
): Promise<RealPreview> {
  const portalId = demoId(of.portal)
  const asked = await scoped(db, 'system', async (tx) => {
    const [snapshot] = await tx
      .select({ id: snapshots.id })
      .from(snapshots)
      .where(and(eq(snapshots.portalId, portalId), eq(snapshots.state, 'ready'), lt(snapshots.completedAt, of.mishapAt)))
      .orderBy(desc(snapshots.completedAt))
      .limit(1)
    if (!snapshot) throw new Error(`${of.portal} has no restore point from before its mishap`)
    const request = await requestPreview(tx, {
      portalId,
      snapshotId: snapshot.id,
      scope: of.scope,
      policyVersion: 1,
      requestedBy: null,
    })
    if (!request) throw new Error(`${of.portal} cannot be previewed`)
    await cancelJob(tx, `preview:${request.previewId}`)
    return { snapshotId: snapshot.id, previewId: request.previewId }
  })
  const computed = await computePreview(db, asked.previewId, new AbortController().signal)
  if (computed?.state !== 'ready') throw new Error(`the preview of ${of.portal} came out as ${JSON.stringify(computed)}`)
  await dateBack(stage, asked.previewId, of.askedAt)
  return { ...asked, digest: computed.digest }
}

/** A settled preview never changes: its guard sleeps for this one statement, which the application's role could not do. */
async function dateBack({ owner }: Stage, previewId: string, at: Date): Promise<void> {
  const instant = at.toISOString()
  await owner.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`update previews set created_at = ${instant}::timestamptz, taken_at = ${instant}::timestamptz,
      report = jsonb_set(report, '{comparedAt}', to_jsonb(${instant}::text)) where id = ${previewId}`
  })
}
