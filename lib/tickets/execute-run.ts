import { join } from 'node:path'
import { and, desc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { consents, previews, runs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { type TicketEvent, windowSchema } from '#lib/domain/events.ts'
import { jsonValueSchema, type Refusal, refusalSchema } from '#lib/domain/refusal.ts'
import { computePreview } from '#lib/snapshots/compute-preview.ts'
import { requestPreview } from '#lib/snapshots/request-preview.ts'
import { type Executed, executeRun as execute } from '#lib/snapshots/run/execute-run.ts'
import { failureOfRun } from '#lib/snapshots/run/outcome.ts'
import { reportRun } from '#lib/snapshots/run/report-run.ts'
import type { RunRow } from '#lib/snapshots/run/run-books.ts'
import type { RunWork } from '#lib/snapshots/run/run-context.ts'
import { dispatch } from './dispatch.ts'

export type ExecuteRunWork = Pick<RunWork, 'workerId' | 'signal' | 'observe' | 'leaseTimes' | 'limits'> & {
  /** Folder of the installation's own; journals of runs go below it, and all workers of a datastore must share it. */
  dataDir: string
}

/**
 * Executes a run and brings its outcome to the ticket through the one door. The people of the portal were told when it was scheduled; the plan
 * and the approvers were asked again when it began (S21, S81). Safe to be called again at any time: what is done is not done twice.
 */
export async function executeRun(db: Db, runId: string, { dataDir, ...work }: ExecuteRunWork): Promise<Executed> {
  return execute(db, runId, {
    ...work,
    announce: null,
    window: await windowOf(db, runId),
    journalRoot: journalRootOf(dataDir),
    report: (run) => report(db, run, work.signal),
  })
}

/** Where runs keep what they overwrite, a folder each. */
export const journalRootOf = (dataDir: string): string => join(dataDir, 'journals')

/** The window that the owner chose with the consent this run stands on (S54); an undo begins at once. */
async function windowOf(db: Db, runId: string): Promise<RunWork['window']> {
  const [found] = await scoped(db, 'system', (tx) =>
    tx.execute(sql`
      select c.window from ${consents} c join ${runs} r on r.ticket_id = c.ticket_id and r.digest = c.digest
       where r.id = ${runId} and c.purpose = r.kind and r.kind = 'restore' order by c.given_at desc limit 1`),
  )
  if (!found) return null
  const window = windowSchema.parse(found.window)
  return window.kind === 'now' ? null : { until: new Date(window.until), atEnd: window.atEnd }
}

/** Tells the outcome. The machine's own effect notes in the same commit that it was told; one that no longer concerns the ticket is noted here. */
async function report(db: Db, run: RunRow, signal: AbortSignal): Promise<void> {
  if (run.ticketId === null) return scoped(db, 'system', (tx) => reportRun(tx, run.id))
  const event = await eventOf(db, run, signal)
  const answer = await dispatch(db, systemActor('worker'), { ticketId: run.ticketId, event })
  if (answer.ok) return
  if (answer.refusal.code !== 'run_outdated' && answer.refusal.code !== 'not_now') {
    throw new Error(`run ${run.id}: its outcome was refused by the ticket: ${answer.refusal.code}`)
  }
  await scoped(db, 'system', (tx) => reportRun(tx, run.id))
}

async function eventOf(db: Db, run: RunRow, signal: AbortSignal): Promise<TicketEvent> {
  const undo = run.kind === 'undo'
  if (run.state === 'succeeded') return succeeded(run, undo)
  if (run.state === 'cancelled') return { type: 'RUN_CANCELLED', runId: run.id }
  if (run.state === 'stale') {
    const fresh = await freshPreview(db, run, signal)
    if (fresh) return { type: 'CONSENT_STALE', runId: run.id, ...fresh }
  }
  const failed = { runId: run.id, kind: failureOfRun(run), detail: (run.reason ?? run.state).slice(0, 10_000), ...refusalOf(run) }
  return { type: undo ? 'UNDO_FAILED' : 'RUN_FAILED', ...failed }
}

const countsSchema = z.record(z.string(), jsonValueSchema)

function succeeded(run: RunRow, undo: boolean): TicketEvent {
  if (run.safetySnapshotId === null) throw new Error(`run ${run.id} succeeded without a safety copy`)
  const counts = run.counts === null ? {} : { counts: countsSchema.parse(run.counts) }
  return { type: undo ? 'UNDO_SUCCEEDED' : 'RUN_SUCCEEDED', runId: run.id, safetySnapshotId: run.safetySnapshotId, ...counts }
}

/** R11: the owner is asked again with what would be lost now. The row is reused when the telling is repeated after a crash. */
async function freshPreview(db: Db, run: RunRow, signal: AbortSignal): Promise<{ previewId: string; digest: string } | null> {
  const previewId = (await newerPreview(db, run)) ?? (await askForPreview(db, run))
  if (previewId === null) return null
  await computePreview(db, previewId, signal)
  const [preview] = await scoped(db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  return preview?.state === 'ready' && preview.digest !== null ? { previewId, digest: preview.digest } : null
}

async function newerPreview(db: Db, run: RunRow): Promise<string | null> {
  const [found] = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: previews.id })
      .from(previews)
      .where(and(ofRun(run), sql`${previews.createdAt} > ${run.finishedAt?.toISOString() ?? null}::timestamptz`))
      .orderBy(desc(previews.createdAt))
      .limit(1),
  )
  return found?.id ?? null
}

function ofRun(run: RunRow) {
  return and(
    eq(previews.portalId, run.portalId),
    eq(previews.snapshotId, run.snapshotId),
    eq(previews.scope, run.scope),
    eq(previews.purpose, run.kind),
  )
}

async function askForPreview(db: Db, run: RunRow): Promise<string | null> {
  const asked = await scoped(db, 'system', async (tx) => {
    const [old] = await tx.select({ policyVersion: previews.policyVersion }).from(previews).where(eq(previews.id, run.previewId))
    const { portalId, snapshotId, scope, kind } = run
    const input = { portalId, snapshotId, scope, purpose: kind, policyVersion: old?.policyVersion ?? 1, requestedBy: null }
    return requestPreview(tx, input)
  })
  return asked?.previewId ?? null
}

function refusalOf(run: RunRow): { refusal?: Refusal } {
  if (run.refusal === null) return {}
  const known = refusalSchema.safeParse({ rule: null, policyVersion: null, ...run.refusal })
  return known.success ? { refusal: known.data } : {}
}
