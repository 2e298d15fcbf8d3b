import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { portals, previews, runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { isPermitted } from '#lib/domain/permissions.ts'
import { scopes } from '#lib/domain/policy/policy.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { r2Retention } from '#lib/domain/policy/r2-retention.ts'
import { r3Scopes } from '#lib/domain/policy/r3-scopes.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { requestPreview } from '#lib/snapshots/request-preview.ts'
import type { Selection } from '#lib/snapshots/selection.ts'
import { askedRecords, selectionFor } from './ask-selection.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'
import { portalFacts, snapshotFacts } from './facts.ts'
import { portalAbilities } from './portal-scopes.ts'
import { standingOf } from './standing.ts'

export const askPreviewInput = z.object({
  portalId: z.uuid(),
  snapshotId: z.uuid(),
  scope: z.enum(scopes),
  /** `undo` compares with the safety copy of the restore that would be taken back (S57). */
  purpose: z.enum(['restore', 'undo']).default('restore'),
  /** For `extract` and `put_back`: which records. */
  records: askedRecords.optional(),
  /** For the undo of a put-back: the run that is taken back. */
  undoesRunId: z.uuid().optional(),
  /** Previews that the asker has before their eyes and wants anew. */
  insteadOf: z.array(z.uuid()).default([]),
})
export type AskPreviewInput = z.input<typeof askPreviewInput>

/** A preview this old still tells what it told; the run compares again before anything is changed. */
const freshMinutes = 10

/**
 * Has a loss preview computed for somebody of the portal; changes nothing there. The same question asked again soon gets the same
 * preview, so that a double click or a reload compares once; a look again on purpose is a new one.
 */
export async function askPreview(db: Db, actor: Person, input: AskPreviewInput): Promise<Answer<{ previewId: string }>> {
  const parsed = askPreviewInput.safeParse(input)
  if (!parsed.success) return no(refuse('invalid_input', { fields: parsed.error.issues.map(({ path }) => path.join('.')) }))
  const asked = parsed.data
  const { scopes: can } = await portalAbilities(db, asked.portalId)
  return scoped(db, actorKey(actor), async (tx) => {
    // Those who ask for one portal at the same time come one after the other.
    const [locked] = await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, asked.portalId)).for('no key update')
    if (!locked) return no(refuse('not_found'))
    const parties = await standingOf(tx, actor, asked.portalId, null)
    if (!isPermitted('OPEN_TICKET', parties) && !parties.has('agent')) return no(refuse('not_allowed', { event: 'OPEN_TICKET' }))
    const policy = await currentPolicy(tx)
    const [portal, snapshot] = [await portalFacts(tx, asked.portalId), await snapshotFacts(tx, asked.portalId, asked.snapshotId)]
    if (portal === null || snapshot === null) return no(refuse('not_found'))
    const held = await isHeld(tx, asked.snapshotId)
    const refusal = firstRefusal([
      r8SelfHosted(portal, policy),
      portalStatus(portal, policy),
      r3Scopes({ ...asked, can }, policy),
      r2Retention({ ...snapshot, held, now: await databaseNow(tx) }, policy),
    ])
    if (refusal !== null) return no(refusal)
    const selection = await selectionFor(tx, actor, asked)
    if (selection === 'none') return no(refuse('records_needed', { scope: asked.scope }, 'R3', policy.version))
    const wanted = { ...picked(asked), selection }
    const kept = await freshPreview(tx, actor, asked, selection)
    const made = kept ?? (await requestPreview(tx, { ...wanted, policyVersion: policy.version, requestedBy: actor.userId }))
    return made ? { ok: true, previewId: made.previewId } : no(refuse('snapshot_not_ready', {}, 'R2', policy.version))
  })
}

function picked({ portalId, snapshotId, scope, purpose }: z.output<typeof askPreviewInput>) {
  return { portalId, snapshotId, scope, purpose }
}

async function isHeld(tx: Tx, snapshotId: string): Promise<boolean> {
  const [held] = await tx
    .select({ held: sql<boolean>`exists (select from holds h where h.snapshot_id = ${snapshotId} and h.released_at is null)` })
    .from(snapshots)
    .where(eq(snapshots.id, snapshotId))
  return held?.held ?? false
}

async function freshPreview(tx: Tx, actor: Person, asked: z.output<typeof askPreviewInput>, selection: Selection | null) {
  const [row] = await tx
    .select({ previewId: previews.id, state: previews.state })
    .from(previews)
    .where(
      and(
        eq(previews.portalId, asked.portalId),
        eq(previews.snapshotId, asked.snapshotId),
        eq(previews.scope, asked.scope),
        eq(previews.purpose, asked.purpose),
        sql`${previews.selection} is not distinct from ${selection === null ? null : JSON.stringify(selection)}::jsonb`,
        eq(previews.requestedBy, actor.userId),
        inArray(previews.state, ['computing', 'ready']),
        sql`${previews.createdAt} > clock_timestamp() - make_interval(mins => ${freshMinutes})`,
        // What a restore has changed since, it tells wrongly.
        sql`not exists (select from ${runs} where ${runs.portalId} = ${previews.portalId} and ${runs.committedAt} >= ${previews.createdAt})`,
      ),
    )
    .orderBy(desc(previews.createdAt))
    .limit(1)
  if (!row || (row.state === 'ready' && asked.insteadOf.includes(row.previewId))) return null
  return row
}
