import { eq, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { runs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { abortReason } from '#lib/difference/interrupt.ts'
import { guarded, type Lease, LeaseLost, usualLeaseTimes, withLease } from '../lease.ts'
import { AdapterRefused } from '../port.ts'
import { recoverPortal } from '../recover-snapshots.ts'
import { enqueueRun } from './create-run.ts'
import { learnFate } from './learn-fate.ts'
import { outcomeOf, outcomeOfError, type RunOutcome, Stopped } from './outcome.ts'
import { RunBooks, type RunRow, storedOutcome } from './run-books.ts'
import { type RunContext, type RunWork, readOrder } from './run-context.ts'
import { runSteps } from './run-steps.ts'
import { watchRun } from './watch-run.ts'

export type Executed =
  | { done: true; state: 'succeeded' | 'failed' | 'cancelled' | 'stale' }
  /** `busy`: another works on the portal; `handed_over`, `again`: a job for it is enqueued; `lost`: another worker has it. */
  | { done: false; why: 'busy' | 'handed_over' | 'again' | 'lost' | 'unknown_run' }

/** Whoever holds the portal (a capture, say) is done in seconds, or its lease is over in 30. */
const BUSY_AGAIN_MS = 5_000

type Step = { kind: 'over'; outcome: RunOutcome } | { kind: 'not_over'; why: 'handed_over' | 'again' | 'lost' }

/**
 * Executes a run to its end, or as far as this worker comes: every step is durable, and another worker goes on after the last one (S48, S62).
 * It knows portals and snapshots, no tickets. A final outcome is written, then told; whichever is interrupted is repeated by the sweeper.
 */
export async function executeRun(db: Db, runId: string, work: RunWork): Promise<Executed> {
  const run = await readRun(db, runId)
  if (!run) return { done: false, why: 'unknown_run' }
  if (!storedOutcome(run)) {
    const request = { portalId: run.portalId, holder: work.workerId, purpose: run.kind } as const
    const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, (lease, lost) =>
      execute(db, runId, lease, lost, work),
    )
    if (!held.ok) {
      await scoped(db, 'system', (tx) => enqueueRun(tx, runId, BUSY_AGAIN_MS))
      return { done: false, why: 'busy' }
    }
    if (held.value !== 'over') return { done: false, why: held.value }
  }
  const finished = await readRun(db, runId)
  const state = finished ? storedOutcome(finished) : null
  if (!finished || !state) throw new Error(`run ${runId} is over but its row does not say how`)
  if (finished.reportedAt === null) await work.report(finished)
  return { done: true, state }
}

/** One worker's part of it, under the portal's lease. */
async function execute(
  db: Db,
  runId: string,
  lease: Lease,
  lost: AbortSignal,
  work: RunWork,
): Promise<'over' | 'handed_over' | 'again' | 'lost'> {
  try {
    const run = await takeUp(db, runId, lease)
    if (!run) return 'over'
    const limits = await readOrder(db, run, work.limits)
    const watch = watchRun(db, runId, work.window, limits.limits.pollMs)
    const handOver = new AbortController()
    const onStop = () => handOver.abort(new Stopped('handed_over'))
    if (work.signal.aborted) onStop()
    work.signal.addEventListener('abort', onStop, { once: true })
    const signal = AbortSignal.any([lost, watch.signal, handOver.signal])
    const context: RunContext = { db, lease, run, ...limits, books: new RunBooks(db, lease, run), work, signal }
    try {
      const step = await goOn(context)
      if (step.kind === 'not_over') return step.why
      await work.observe('run.finishing')
      await context.books.finish(step.outcome)
      await work.observe('run.finished')
      return 'over'
    } finally {
      watch.stop()
      work.signal.removeEventListener('abort', onStop)
    }
  } catch (cause) {
    if (cause instanceof LeaseLost) return 'lost'
    throw cause
  }
}

/** From wherever the last worker left it. */
async function goOn(context: RunContext): Promise<Step> {
  const { run, limits, work } = context
  const resumed = run.attempts > 1
  try {
    await work.observe('run.begun')
    if (resumed) {
      const learnt = await learnFate(context, run)
      // Committed or not, the one before left open doors, bars and scratch. After the fate: by then a kept database has its row.
      const { unsettled } = await recoverPortal(context.db, context.lease, context.hand)
      if (learnt) return { kind: 'over', outcome: unlessUnsettled(learnt, unsettled) }
    }
    if (run.attempts > limits.attempts) {
      return {
        kind: 'over',
        outcome: { kind: 'failed', failure: 'error', reason: `given up after ${limits.attempts} attempts`, refusal: null },
      }
    }
    const outcome = await runSteps(context)
    return outcome === 'again' ? again(context, null) : { kind: 'over', outcome }
  } catch (cause) {
    if (cause instanceof LeaseLost) throw cause
    return judgeThrown(context, cause)
  }
}

/** Something broke or was stopped. What the portal's server says became of the transaction goes before what we believe (S50). */
async function judgeThrown(context: RunContext, thrown: unknown): Promise<Step> {
  const { db, lease, run, hand } = context
  const cause = abortReason(context.signal) ?? thrown
  if (cause instanceof LeaseLost) throw cause
  const now = await readRun(db, run.id)
  const learnt = now ? await learnFate(context, now) : null
  const { unsettled } = await recoverPortal(db, lease, hand)
  if (learnt) return { kind: 'over', outcome: unlessUnsettled(learnt, unsettled) }
  if (cause instanceof Stopped && cause.why === 'handed_over') return handOver(context)
  if (cause instanceof Stopped) return { kind: 'over', outcome: outcomeOfStop(cause) }
  if (cause instanceof AdapterRefused) return { kind: 'over', outcome: outcomeOf(cause.refusal) }
  return again(context, outcomeOfError(cause))
}

/** Rows that are committed while the files beside them are still the old ones are no restore yet: a person must look. */
function unlessUnsettled(learnt: RunOutcome, unsettled: string[] = []): RunOutcome {
  if (learnt.kind !== 'succeeded' || unsettled.length === 0) return learnt
  return { kind: 'failed', failure: 'unproved', reason: unsettled.join('; '), refusal: null }
}

function outcomeOfStop({ why }: Stopped): RunOutcome {
  if (why === 'cancelled') return { kind: 'cancelled' }
  return { kind: 'failed', failure: 'window_ended', reason: 'the window was over before the commit', refusal: null }
}

/** Tried again after a pause, by whoever is free; `failed` once the attempts are used up (S47). */
async function again(context: RunContext, failed: Extract<RunOutcome, { kind: 'failed' }> | null): Promise<Step> {
  const { db, lease, run, limits } = context
  if (failed && run.attempts >= limits.attempts) return { kind: 'over', outcome: failed }
  await guarded(db, lease, async (tx) => {
    if (failed) await tx.update(runs).set({ reason: failed.reason }).where(eq(runs.id, run.id))
    await enqueueRun(tx, run.id, limits.retryAfterMs)
  })
  return { kind: 'not_over', why: 'again' }
}

/** S62: nothing failed, so the attempt does not count. */
async function handOver({ db, lease, run }: RunContext): Promise<Step> {
  await guarded(db, lease, async (tx) => {
    await tx
      .update(runs)
      .set({ attempts: sql`greatest(${runs.attempts} - 1, 1)` })
      .where(eq(runs.id, run.id))
    await enqueueRun(tx, run.id)
  })
  return { kind: 'not_over', why: 'handed_over' }
}

/** The run is this worker's now; null when it was over already. */
async function takeUp(db: Db, runId: string, lease: Lease): Promise<RunRow | null> {
  return guarded(db, lease, async (tx) => {
    const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for('update')
    if (!run || storedOutcome(run)) return null
    const [taken] = await tx
      .update(runs)
      .set({
        state: 'running',
        attempts: sql`${runs.attempts} + 1`,
        leaseToken: lease.token,
        startedAt: sql`coalesce(${runs.startedAt}, clock_timestamp())`,
      })
      .where(eq(runs.id, runId))
      .returning()
    return taken ?? null
  })
}

async function readRun(db: Db, runId: string): Promise<RunRow | null> {
  const [run] = await scoped(db, 'system', (tx) => tx.select().from(runs).where(eq(runs.id, runId)))
  return run ?? null
}
