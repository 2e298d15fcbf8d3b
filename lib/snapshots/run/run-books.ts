import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { previews, type RunState, type RunStep, runSteps, runs, snapshots, tickets } from '#db/schema/index.ts'
import { refusedBy } from '../bad-snapshots.ts'
import { guarded, type Lease } from '../lease.ts'
import { type BackendRef, type RestoreTrace, restoreTraceSchema } from '../port.ts'
import type { RunOutcome } from './outcome.ts'

export type RunRow = typeof runs.$inferSelect
type Progress = NonNullable<RunRow['progress']>

/** All that a run writes down. Every write is guarded by the lease: a worker that lost it throws here, before it does more harm (I15). */
export class RunBooks {
  readonly #db: Db
  readonly #lease: Lease
  readonly #runId: string
  readonly #attempt: number
  /** Writes that nothing waits for under the portal's lock; drained before the commit. */
  #later: Promise<unknown> = Promise.resolve()

  constructor(db: Db, lease: Lease, run: { id: string; attempts: number }) {
    this.#db = db
    this.#lease = lease
    this.#runId = run.id
    this.#attempt = run.attempts
  }

  /** The step is the run's now. Earlier ones that are not done stay open: they belong to an attempt that failed. */
  async begin(step: RunStep): Promise<void> {
    await guarded(this.#db, this.#lease, (tx) => this.#begin(tx, step))
  }

  async done(step: RunStep, detail?: Record<string, unknown>): Promise<void> {
    await guarded(this.#db, this.#lease, (tx) => this.#done(tx, step, detail))
  }

  /** Like `done` and `begin` at once, without waiting: bookkeeping must not lengthen the write pause. */
  passLater(done: RunStep | null, begun: RunStep | null): void {
    this.#later = this.#later.then(() =>
      guarded(this.#db, this.#lease, async (tx) => {
        if (done) await this.#done(tx, done)
        if (begun) await this.#begin(tx, begun)
      }),
    )
    // Whoever drains gets the error; until then nobody is told that a promise went wrong.
    this.#later.catch(() => undefined)
  }

  progressLater(progress: Progress): void {
    this.#later = this.#later.then(() => this.progress(progress))
    // As above.
    this.#later.catch(() => undefined)
  }

  async drain(): Promise<void> {
    await this.#later
  }

  async wasDone(step: RunStep): Promise<boolean> {
    return guarded(this.#db, this.#lease, async (tx) => {
      const found = await tx
        .select({ step: runSteps.step })
        .from(runSteps)
        .where(and(eq(runSteps.runId, this.#runId), eq(runSteps.step, step), isNotNull(runSteps.finishedAt)))
        .limit(1)
      return found.length > 0
    })
  }

  async detailOf(step: RunStep): Promise<Record<string, unknown> | null> {
    return guarded(this.#db, this.#lease, async (tx) => {
      const [found] = await tx
        .select({ detail: runSteps.detail })
        .from(runSteps)
        .where(and(eq(runSteps.runId, this.#runId), eq(runSteps.step, step), isNotNull(runSteps.finishedAt)))
        .limit(1)
      return found?.detail ?? null
    })
  }

  /** What was learnt of a step after it was done, whichever attempt did it. */
  async note(step: RunStep, detail: Record<string, unknown>): Promise<void> {
    await guarded(this.#db, this.#lease, (tx) =>
      tx
        .update(runSteps)
        .set({ detail })
        .where(and(eq(runSteps.runId, this.#runId), eq(runSteps.step, step), isNotNull(runSteps.finishedAt))),
    )
  }

  /** As it stands now: the copy made under the lock may have taken the first one's place. */
  async safetySnapshotId(): Promise<string | null> {
    return guarded(this.#db, this.#lease, async (tx) => {
      const [run] = await tx.select({ id: runs.safetySnapshotId }).from(runs).where(eq(runs.id, this.#runId))
      return run?.id ?? null
    })
  }

  async update(values: Partial<typeof runs.$inferInsert>): Promise<void> {
    await guarded(this.#db, this.#lease, (tx) => tx.update(runs).set(values).where(eq(runs.id, this.#runId)))
  }

  /** Durable before anything is locked or renamed: the next worker ends this backend and asks what became of this transaction (S49, S50). */
  async keepTrace(trace: RestoreTrace): Promise<void> {
    await this.update({
      portalXid: trace.xid,
      backendPid: trace.pid,
      backendStart: trace.backendStart,
      swap: trace.way === 'in_place' ? null : trace,
    })
  }

  /** In the transaction that decided that it may. */
  async beginIn(tx: Tx, step: RunStep): Promise<void> {
    await this.#begin(tx, step)
  }

  async committed(): Promise<void> {
    await guarded(this.#db, this.#lease, async (tx) => {
      await this.#done(tx, 'commit')
      await tx.update(runs).set({ committedAt: sql`clock_timestamp()` }).where(eq(runs.id, this.#runId))
    })
  }

  /** Rows or bytes so far, and by their pace how long it still takes. */
  async progress(progress: Progress): Promise<void> {
    await guarded(this.#db, this.#lease, async (tx) => {
      await tx.update(runs).set({ progress }).where(eq(runs.id, this.#runId))
      await tellPages(tx, this.#runId)
    })
  }

  /** The final word. What it may still need (a trace, a lease) is beside it, so that losing this write loses nothing: it is written by the next. */
  async finish(outcome: RunOutcome, values: Partial<typeof runs.$inferInsert> = {}): Promise<void> {
    await guarded(this.#db, this.#lease, async (tx) => {
      await tx
        .update(runs)
        .set({ ...valuesOf(await this.#judged(tx, outcome)), ...values, progress: null, finishedAt: sql`clock_timestamp()` })
        .where(eq(runs.id, this.#runId))
      await tellPages(tx, this.#runId)
    })
  }

  /** S26: a copy that the adapter found bad while it worked with it is bad from now on, and its neighbours are told with the refusal. */
  async #judged(tx: Tx, outcome: RunOutcome): Promise<RunOutcome> {
    if (outcome.kind !== 'failed' || outcome.refusal === null) return outcome
    const [found] = await tx
      .select({ snapshot: snapshots })
      .from(runs)
      .innerJoin(previews, eq(previews.id, runs.previewId))
      .innerJoin(snapshots, eq(snapshots.id, previews.snapshotId))
      .where(eq(runs.id, this.#runId))
    return found ? { ...outcome, refusal: await refusedBy(tx, found.snapshot, outcome.refusal) } : outcome
  }

  async #begin(tx: Tx, step: RunStep, detail: Record<string, unknown> | null = null): Promise<void> {
    await tx
      .insert(runSteps)
      .values({ runId: this.#runId, step, attempt: this.#attempt, detail, startedAt: sql`clock_timestamp()` })
      .onConflictDoUpdate({
        target: [runSteps.runId, runSteps.step, runSteps.attempt],
        set: { startedAt: sql`clock_timestamp()`, finishedAt: null, ...(detail === null ? {} : { detail }) },
      })
    await tx.update(runs).set({ step }).where(eq(runs.id, this.#runId))
    await tellPages(tx, this.#runId)
  }

  async #done(tx: Tx, step: RunStep, detail?: Record<string, unknown>): Promise<void> {
    await tx
      .update(runSteps)
      .set({ finishedAt: sql`clock_timestamp()`, ...(detail ? { detail } : {}) })
      .where(and(eq(runSteps.runId, this.#runId), eq(runSteps.step, step), eq(runSteps.attempt, this.#attempt)))
  }
}

/** What `keepTrace` kept, and the backend to end; null where the attempt never came to its transaction. */
export function traceOf(run: RunRow): { trace: RestoreTrace; backend: BackendRef } | null {
  const { portalXid: xid, backendPid: pid, backendStart } = run
  if (xid === null || pid === null || backendStart === null) return null
  const trace = run.swap === null ? ({ way: 'in_place', xid, pid, backendStart } as const) : restoreTraceSchema.parse(run.swap)
  return { trace, backend: { pid, backendStart } }
}

function valuesOf(outcome: RunOutcome): Partial<typeof runs.$inferInsert> & { state: RunState } {
  switch (outcome.kind) {
    case 'succeeded':
      return {
        state: 'succeeded',
        report: outcome.report,
        counts: outcome.report.total,
        safetySnapshotId: outcome.safetySnapshotId,
      }
    case 'failed':
      return {
        state: 'failed',
        reason: outcome.reason,
        refusal: outcome.refusal && { ...outcome.refusal },
        report: { failure: outcome.failure },
      }
    case 'cancelled':
      return { state: 'cancelled' }
    case 'stale':
      return { state: 'stale', refusal: { ...outcome.refusal } }
  }
}

/** Open pages of the run's ticket read it anew. */
async function tellPages(tx: Tx, runId: string): Promise<void> {
  await tx.execute(sql`
    select pg_notify('desk', json_build_object('ticketId', t.id, 'number', t.number, 'portalId', t.portal_id, 'version', t.version, 'state', t.state)::text)
      from ${tickets} t join ${runs} r on r.ticket_id = t.id where r.id = ${runId}`)
}

const finalStates = z.enum(['succeeded', 'failed', 'cancelled', 'stale'])

/** A run's outcome as its row tells it, for whoever has to report it; null while it is live. */
export function storedOutcome(run: RunRow): z.infer<typeof finalStates> | null {
  const state = finalStates.safeParse(run.state)
  return state.success ? state.data : null
}
