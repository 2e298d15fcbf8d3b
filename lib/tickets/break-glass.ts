import { randomUUID } from 'node:crypto'
import { and, arrayContains, eq, isNull, or } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { runs, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { PlanPort } from '#lib/billing/port.ts'
import { isOfRecords, type Scope, scopes } from '#lib/domain/policy/policy.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { r2Retention } from '#lib/domain/policy/r2-retention.ts'
import { r3Scopes } from '#lib/domain/policy/r3-scopes.ts'
import { r6Loss } from '#lib/domain/policy/r6-loss.ts'
import { r7PaidOnly } from '#lib/domain/policy/r7-paid-only.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { r10OneAtATime } from '#lib/domain/policy/r10-one-at-a-time.ts'
import { firstRefusal, type Verdict } from '#lib/domain/policy/verdict.ts'
import { type Answer, no, type Refusal, refuse } from '#lib/domain/refusal.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import { raiseAlert } from '#lib/snapshots/alerts.ts'
import { computePreview } from '#lib/snapshots/compute-preview.ts'
import { portalCan } from '#lib/snapshots/portal-can.ts'
import { requestPreview } from '#lib/snapshots/request-preview.ts'
import { createRun } from '#lib/snapshots/run/create-run.ts'
import { type SelectedRecords, type Selection, scopesOf } from '#lib/snapshots/selection.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'
import { ticketRefusal } from './engine-refusals.ts'
import { otherLiveNumber, portalFacts, previewFacts, snapshotFacts } from './facts.ts'
import { ownerOf } from './standing.ts'
import { asRefusal } from './violations.ts'

/** What an operator with a shell on the server wants, and why. */
export type BreakGlass = { portalId: string; operator: string; reason: string } & (
  | { kind: 'restore'; snapshotId: string; scope: string; records?: SelectedRecords[] }
  | { kind: 'undo'; undoesRunId: string; snapshotId: string; scope: string }
)
type Work = { billing: PlanPort; signal: AbortSignal }

/**
 * Begins a restore or an undo without the owner's consent and without approval; every other rule holds. The owner and the desk's
 * admins are told in the same commit, and an alert stands open until somebody has reviewed it (S83). The run does what its own
 * preview counted, and stops if that has grown meanwhile.
 */
export async function breakGlass(db: Db, wanted: BreakGlass, { billing, signal }: Work): Promise<Answer<{ runId: string }>> {
  const plan = wanted.kind === 'restore' ? await billing.planOf(wanted.portalId) : null
  const requested = await scoped(db, 'system', async (tx): Promise<Answer<{ previewId: string }>> => {
    const policy = await currentPolicy(tx)
    const refusal = await objection(tx, wanted, plan)
    if (refusal !== null) return no(refusal)
    const { portalId, snapshotId, kind: purpose } = wanted
    const scope = z.enum(scopes).parse(wanted.scope)
    const selection = selectionOf(wanted, scope)
    if (isOfRecords(scope) && selection === null) return no(refuse('records_needed', { scope }, 'R3', policy.version))
    const about = { portalId, snapshotId, scope, purpose, selection }
    const preview = await requestPreview(tx, { ...about, policyVersion: policy.version, requestedBy: null })
    return preview ? { ok: true, ...preview } : no(refuse('not_found'))
  })
  if (!requested.ok) return requested
  const computed = await computePreview(db, requested.previewId, signal)
  if (computed?.state === 'refused') return no(ticketRefusal(computed.refusal))
  try {
    return await scoped(db, 'system', (tx) => begin(tx, wanted, requested.previewId))
  } catch (error) {
    return no(asRefusal(error))
  }
}

function selectionOf(wanted: BreakGlass, scope: Scope): Selection | null {
  if (!isOfRecords(scope)) return null
  if (wanted.kind === 'undo') return { kind: 'undo', runId: wanted.undoesRunId }
  const { records = [] } = wanted
  return records.length === 0 ? null : { kind: 'records', within: 'full', records }
}

/** The first rule that says no; consent and approval are not among them. */
async function objection(
  tx: Tx,
  wanted: BreakGlass,
  plan: { plan: string; paid: boolean; checkedAt: string } | null,
): Promise<Refusal | null> {
  const policy = await currentPolicy(tx)
  const portal = await portalFacts(tx, wanted.portalId)
  const snapshot = await snapshotFacts(tx, wanted.portalId, wanted.snapshotId)
  if (portal === null || snapshot === null) return refuse('not_found')
  if ((await ownerOf(tx, wanted.portalId)) === null) return refuse('no_owner', {}, 'R4', policy.version)
  const other = await otherLiveNumber(tx, wanted.portalId, null)
  const can = await portalCan(tx, wanted.portalId)
  const verdicts: Verdict[] = [
    r8SelfHosted(portal, policy),
    portalStatus(portal, policy),
    // Files for people belong to a ticket: somebody must be able to download them.
    r3Scopes(
      { scope: wanted.scope, can: (can === null ? scopes : scopesOf(can)).filter((scope) => scope !== 'extract') },
      policy,
    ),
    // A safety copy is kept by its hold for as long as it may be gone back to.
    r2Retention({ ...snapshot, held: wanted.kind === 'undo', now: await databaseNow(tx) }, policy),
    ...(plan === null ? [] : [r7PaidOnly(plan, policy)]),
    r10OneAtATime({ other }, policy),
  ]
  return firstRefusal(verdicts)
}

async function begin(tx: Tx, wanted: BreakGlass, previewId: string): Promise<Answer<{ runId: string }>> {
  const policy = await currentPolicy(tx)
  const preview = await previewFacts(tx, wanted.portalId, previewId)
  if (preview === null) return no(refuse('not_found'))
  const refusal = firstRefusal([r6Loss(preview, policy)])
  if (refusal !== null) return no(refusal)
  const runId = randomUUID()
  const { portalId, operator, reason, kind } = wanted
  const undoesRunId = wanted.kind === 'undo' ? wanted.undoesRunId : null
  await createRun(tx, { runId, ticketId: null, kind, previewId, undoesRunId, breakGlass: { operator, reason } })
  await raiseAlert(tx, { kind: 'break_glass', portalId, subject: runId, detail: { runId, kind, operator, reason } })
  await tellEverybody(tx, wanted, runId)
  return { ok: true, runId }
}

async function tellEverybody(tx: Tx, { portalId, reason }: BreakGlass, runId: string): Promise<void> {
  const owner = await ownerOf(tx, portalId)
  const portal = await portalFacts(tx, portalId)
  const readers = await tx
    .select({ email: users.email, locale: users.locale })
    .from(users)
    .where(and(isNull(users.deactivatedAt), or(eq(users.id, owner?.userId ?? runId), arrayContains(users.deskRoles, ['admin']))))
  for (const to of readers) {
    const dedupeKey = `break-glass:${runId}:${to.email}`
    await enqueueMail(tx, { template: 'break_glass', data: { portalName: portal?.name ?? '', reason }, to, portalId, dedupeKey })
  }
}

/** The run an undo takes back, with the safety copy that it goes back to; null for one that never succeeded. */
export async function readUndoable(
  db: Db,
  runId: string,
): Promise<{ portalId: string; snapshotId: string; scope: string } | null> {
  const [run] = await scoped(db, 'system', (tx) => tx.select().from(runs).where(eq(runs.id, runId)))
  if (run?.state !== 'succeeded' || run.safetySnapshotId === null) return null
  return { portalId: run.portalId, snapshotId: run.safetySnapshotId, scope: run.scope }
}
