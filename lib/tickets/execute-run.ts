import { join } from 'node:path'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { consents, extractedFiles, previews, runs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { type TicketEvent, windowSchema } from '#lib/domain/events.ts'
import { jsonValueSchema, type Refusal, refusalSchema } from '#lib/domain/refusal.ts'
import { computePreview } from '#lib/snapshots/compute-preview.ts'
import type { FileStore } from '#lib/snapshots/extract/store-file.ts'
import { requestPreview } from '#lib/snapshots/request-preview.ts'
import { type Executed, executeRun as execute } from '#lib/snapshots/run/execute-run.ts'
import { failureOfRun, runReportSchema } from '#lib/snapshots/run/outcome.ts'
import { reportRun } from '#lib/snapshots/run/report-run.ts'
import type { RunRow } from '#lib/snapshots/run/run-books.ts'
import type { RunWork } from '#lib/snapshots/run/run-context.ts'
import { selectionSchema } from '#lib/snapshots/selection.ts'
import { dispatch } from './dispatch.ts'

export type ExecuteRunWork = Pick<RunWork, 'workerId' | 'signal' | 'observe' | 'leaseTimes' | 'limits'> & {
  /** Folder of the installation's own; journals of runs and files for the portal's people go below it, and web and workers must share it. */
  dataDir: string
  /** AUTH_SECRET, which seals those files. */
  authSecret: string
}

/**
 * Executes a run and brings its outcome to the ticket through the one door. The people of the portal were told when it was scheduled; the plan
 * and the approvers were asked again when it began (S21, S81). Safe to be called again at any time: what is done is not done twice.
 */
export async function executeRun(db: Db, runId: string, { dataDir, authSecret, ...work }: ExecuteRunWork): Promise<Executed> {
  return execute(db, runId, {
    ...work,
    announce: null,
    window: await windowOf(db, runId),
    journalRoot: journalRootOf(dataDir),
    files: fileStoreOf(dataDir, authSecret),
    report: (run) => report(db, run, work.signal),
  })
}

/** Where what was wiped is kept for the portal's people, sealed. */
export const fileStoreOf = (dataDir: string, secret: string): FileStore => ({ root: join(dataDir, 'files'), secret })

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
  if (run.state === 'succeeded') return undo ? undone(run) : restored(db, run)
  if (run.state === 'cancelled') return { type: 'RUN_CANCELLED', runId: run.id }
  if (run.state === 'stale') {
    const fresh = await freshPreview(db, run, signal)
    const { refusal: because } = refusalOf(run)
    if (fresh) return { type: 'CONSENT_STALE', runId: run.id, ...fresh, ...(because ? { because } : {}) }
  }
  // Something else is there now, and what could be shown of it was refused itself.
  const kind = run.state === 'stale' ? 'refused' : failureOfRun(run)
  const failed = { runId: run.id, kind, detail: (run.reason ?? run.state).slice(0, 10_000), ...refusalOf(run) }
  return { type: undo ? 'UNDO_FAILED' : 'RUN_FAILED', ...failed }
}

const countsSchema = z.record(z.string(), jsonValueSchema)

const countsOf = ({ counts }: RunRow) => (counts === null ? {} : { counts: countsSchema.parse(counts) })

function undone(run: RunRow): TicketEvent {
  return { type: 'UNDO_SUCCEEDED', runId: run.id, ...safetyCopyOf(run), ...countsOf(run), ...pausedOf(run) }
}

async function restored(db: Db, run: RunRow): Promise<TicketEvent> {
  const done = run.scope === 'extract' ? { filesUntil: await filesUntil(db, run) } : safetyCopyOf(run)
  return { type: 'RUN_SUCCEEDED', runId: run.id, ...done, ...countsOf(run), ...pausedOf(run) }
}

/** S69: how many outbound actions came back paused; said only where something did. */
function pausedOf({ report }: RunRow): { paused?: number } {
  const told = runReportSchema.pick({ paused: true }).safeParse(report)
  const paused = told.success ? (told.data.paused ?? []).reduce((sum, { rows }) => sum + rows, 0) : 0
  return paused === 0 ? {} : { paused }
}

function safetyCopyOf({ id, safetySnapshotId }: RunRow): { safetySnapshotId: string } {
  if (safetySnapshotId === null) throw new Error(`run ${id} succeeded without a safety copy`)
  return { safetySnapshotId }
}

/** An extract of nothing has no file: its time is over at once. */
async function filesUntil(db: Db, run: RunRow): Promise<string> {
  const [file] = await scoped(db, 'system', (tx) =>
    tx.select({ until: extractedFiles.expiresAt }).from(extractedFiles).where(eq(extractedFiles.runId, run.id)),
  )
  const until = file?.until ?? run.finishedAt
  if (!until) throw new Error(`run ${run.id} has succeeded and not finished`)
  return until.toISOString()
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
    // The same records, or none.
    sql`${previews.selection} is not distinct from (select p.selection from previews p where p.id = ${run.previewId})`,
    isNull(previews.requestedBy),
  )
}

async function askForPreview(db: Db, run: RunRow): Promise<string | null> {
  const asked = await scoped(db, 'system', async (tx) => {
    const [old] = await tx
      .select({ policyVersion: previews.policyVersion, selection: previews.selection })
      .from(previews)
      .where(eq(previews.id, run.previewId))
    const { portalId, snapshotId, scope, kind } = run
    const selection = old?.selection ? selectionSchema.parse(old.selection) : null
    const about = { portalId, snapshotId, scope, purpose: kind, selection }
    const input = { ...about, policyVersion: old?.policyVersion ?? 1, requestedBy: null }
    return requestPreview(tx, input)
  })
  return asked?.previewId ?? null
}

function refusalOf(run: RunRow): { refusal?: Refusal } {
  if (run.refusal === null) return {}
  const known = refusalSchema.safeParse({ rule: null, policyVersion: null, ...run.refusal })
  return known.success ? { refusal: known.data } : {}
}
