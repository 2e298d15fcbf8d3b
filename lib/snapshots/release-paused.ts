import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { pausedActions, pausedOutbound } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { log } from '#lib/runtime/log.ts'
import { guarded, type Lease, LeaseLost, type LeaseTimes, usualLeaseTimes, withLease } from './lease.ts'
import { pausedTableSchema, type RestoreTrace } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'

export type ReleaseRow = typeof pausedOutbound.$inferSelect
export type ReleaseWork = {
  workerId: string
  /** Aborts when the worker is told to stop: another goes on, and the attempt does not count. */
  signal: AbortSignal
  /** Awaited where a kill is most to be feared: `release.kept` before the portal's commit, `release.committed` after it. */
  observe: (boundary: 'release.kept' | 'release.committed') => Promise<void>
  /** Tells the outcome and notes that it was told (`reportRelease`), in one transaction. Called until it has succeeded. */
  report: (row: ReleaseRow) => Promise<void>
  leaseTimes?: LeaseTimes
}
export type Releasing =
  | { done: true; state: 'released' | 'failed' }
  | { done: false; why: 'not_asked' | 'busy' | 'again' | 'lost' }

const ATTEMPTS = 5
const AGAIN_MS = 5_000
const ASK_AGAIN_MS = 100
/** A backend that was told to go rolls back; a big transaction takes a while. */
const GIVE_UP_AFTER_MS = 60_000

/**
 * Releases what a run brought back paused (S69), once its owner has asked for it, under the portal's lease. Safe to run twice and to be killed anywhere: the
 * portal's transaction is known by its number before it commits, and what became of it is asked of the server, never guessed and never redone.
 */
export async function releasePaused(db: Db, runId: string, work: ReleaseWork): Promise<Releasing> {
  const row = await readRelease(db, runId)
  if (row?.releaseState === 'asked') {
    const request = { portalId: row.portalId, holder: work.workerId, purpose: 'release' } as const
    const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, (lease, lost) =>
      attempt(db, runId, lease, AbortSignal.any([lost, work.signal]), work),
    )
    if (!held.ok) {
      await scoped(db, 'system', (tx) => enqueueRelease(tx, runId, AGAIN_MS))
      return { done: false, why: 'busy' }
    }
    if (held.value !== 'over') return { done: false, why: held.value }
  }
  const finished = await readRelease(db, runId)
  const state = finished?.releaseState
  if (!finished || (state !== 'released' && state !== 'failed')) return { done: false, why: 'not_asked' }
  if (finished.reportedAt === null) await work.report(finished)
  return { done: true, state }
}

/** One job a release waits at most; `delayMs` by the database's clock. */
async function enqueueRelease(tx: Tx, runId: string, delayMs = 0): Promise<void> {
  const payload = JSON.stringify({ runId })
  const at = sql`clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8)`
  await tx.execute(sql`select enqueue_job('releasePaused', ${payload}::json, ${at}, ${`release:${runId}`})`)
}

/** The owner's word, in the transaction of the event: a new asking begins from nothing. */
export async function askRelease(tx: Tx, runId: string): Promise<void> {
  const fresh = { portalXid: null, backendPid: null, backendStart: null, released: null, reason: null }
  await tx
    .update(pausedOutbound)
    .set({ ...fresh, releaseState: 'asked', askedAt: sql`clock_timestamp()`, attempts: 0, finishedAt: null, reportedAt: null })
    .where(eq(pausedOutbound.runId, runId))
  await enqueueRelease(tx, runId)
}

/** An undo was asked for: what has not come to its commit by now does not. One that has is told as it became. */
export async function dropRelease(tx: Tx, runId: string): Promise<void> {
  await tx
    .update(pausedOutbound)
    .set({ releaseState: 'dropped', finishedAt: sql`clock_timestamp()` })
    .where(
      sql`${pausedOutbound.runId} = ${runId} and ${pausedOutbound.releaseState} = 'asked' and ${pausedOutbound.portalXid} is null`,
    )
}

/** Notes that the outcome has been told, in the transaction that tells it. */
export async function reportRelease(tx: Tx, runId: string): Promise<void> {
  await tx
    .update(pausedOutbound)
    .set({ reportedAt: sql`coalesce(${pausedOutbound.reportedAt}, clock_timestamp())` })
    .where(eq(pausedOutbound.runId, runId))
}

const runIdRow = z.object({ run_id: z.string() })

/** Enqueues again what a dead worker left: releases that nobody is at, and outcomes that were never told. */
export async function sweepReleases(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => {
    const left = z.array(runIdRow).parse(
      await tx.execute(sql`
        select p.run_id from paused_outbound p left join portal_leases l on l.portal_id = p.portal_id
         where (p.release_state = 'asked' and p.asked_at < clock_timestamp() - interval '30 seconds'
                and (l.purpose is distinct from 'release' or l.expires_at <= clock_timestamp()))
            or (p.release_state in ('released', 'failed') and p.reported_at is null and p.finished_at < clock_timestamp() - interval '15 seconds')`),
    )
    for (const { run_id } of left) await enqueueRelease(tx, run_id)
    return left.map((row) => row.run_id)
  })
}

/** Which rows they were is nobody's business any more once nothing can be released. Returns how many runs were forgotten. */
export async function forgetPaused(db: Db, keptDays: number): Promise<number> {
  return scoped(db, 'system', async (tx) => {
    const gone = await tx.execute(sql`
      delete from paused_actions a using paused_outbound p
       where p.run_id = a.run_id and p.made_at < clock_timestamp() - make_interval(days => ${keptDays}::int)
         and p.release_state is distinct from 'asked' returning a.run_id`)
    return gone.length
  })
}

async function attempt(
  db: Db,
  runId: string,
  lease: Lease,
  signal: AbortSignal,
  work: ReleaseWork,
): Promise<'over' | 'again' | 'lost'> {
  try {
    const taken = await takeUp(db, runId, lease)
    if (taken === null) return 'over'
    const { row, hand } = taken
    const learnt = await learn(db, row, hand, lease)
    if (learnt === 'over') return 'over'
    if (row.attempts > ATTEMPTS)
      return finish(db, lease, runId, 'failed', `given up after ${ATTEMPTS} attempts: ${row.reason ?? ''}`)
    return await release(db, row, hand, lease, signal, work)
  } catch (cause) {
    if (cause instanceof LeaseLost) return 'lost'
    return again(db, lease, runId, cause, work.signal.aborted)
  }
}

async function release(
  db: Db,
  { runId }: ReleaseRow,
  hand: PortalAtHand,
  lease: Lease,
  signal: AbortSignal,
  work: ReleaseWork,
): Promise<'over'> {
  if (!hand.adapter.releasePaused || !hand.adapter.capabilities.releaseOutbound)
    return finish(db, lease, runId, 'failed', `the adapter ${hand.adapterName} cannot release what came back paused`)
  const [kept] = await scoped(db, 'system', (tx) => tx.select().from(pausedActions).where(eq(pausedActions.runId, runId)))
  const tables = pausedTableSchema.array().parse(kept?.actions ?? [])
  const outcome = await hand.adapter.releasePaused(hand.ref, tables, {
    signal,
    keep: async (released, { xid, pid, backendStart }) => {
      const noted = await guarded(db, lease, (tx) =>
        tx
          .update(pausedOutbound)
          .set({ portalXid: xid, backendPid: pid, backendStart, released })
          .where(sql`${pausedOutbound.runId} = ${runId} and ${pausedOutbound.releaseState} = 'asked'`)
          .returning({ runId: pausedOutbound.runId }),
      )
      await work.observe('release.kept')
      return noted.length === 1
    },
  })
  if (outcome.ok) {
    await work.observe('release.committed')
    return finish(db, lease, runId, 'released', null)
  }
  // An undo came in between: it is dropped, and nothing went out.
  if (outcome.refusal.code === 'commit_forbidden') return 'over'
  return finish(db, lease, runId, 'failed', `${outcome.refusal.code} ${JSON.stringify(outcome.refusal.facts)}`)
}

/** The release is this worker's now; null when it was over already, or was dropped. */
async function takeUp(db: Db, runId: string, lease: Lease): Promise<{ row: ReleaseRow; hand: PortalAtHand } | null> {
  return guarded(db, lease, async (tx) => {
    const [row] = await tx
      .update(pausedOutbound)
      .set({ attempts: sql`${pausedOutbound.attempts} + 1` })
      .where(sql`${pausedOutbound.runId} = ${runId} and ${pausedOutbound.releaseState} = 'asked'`)
      .returning()
    const hand = row ? await portalAtHand(tx, row.portalId) : null
    if (row && !hand) throw new Error(`run ${runId}: the portal of its paused actions is gone`)
    return row && hand ? { row, hand } : null
  })
}

/** An earlier attempt may have come to its commit: its backend is ended, and the server asked what became of its transaction (S49, S50). */
async function learn(db: Db, row: ReleaseRow, { adapter, ref }: PortalAtHand, lease: Lease): Promise<'over' | 'not_yet'> {
  const { runId, portalXid: xid, backendPid: pid, backendStart } = row
  if (xid === null || pid === null || backendStart === null) return 'not_yet'
  const trace: RestoreTrace = { way: 'in_place', xid, pid, backendStart }
  const deadline = performance.now() + GIVE_UP_AFTER_MS
  for (;;) {
    await adapter.endBackend(ref, { pid, backendStart })
    const fate = await adapter.whatBecame(ref, trace)
    if (fate === 'committed') return finish(db, lease, runId, 'released', null)
    if (fate === 'rolled_back') {
      const fresh = { portalXid: null, backendPid: null, backendStart: null, released: null }
      await guarded(db, lease, (tx) => tx.update(pausedOutbound).set(fresh).where(eq(pausedOutbound.runId, runId)))
      return 'not_yet'
    }
    if (fate === 'unknown' || performance.now() > deadline)
      return finish(db, lease, runId, 'failed', `what became of transaction ${xid} is ${fate}`)
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
}

/** A failure that leaves the transaction's number behind is one of which nobody can say whether it went out. */
async function finish(db: Db, lease: Lease, runId: string, state: 'released' | 'failed', reason: string | null): Promise<'over'> {
  await guarded(db, lease, (tx) =>
    tx
      .update(pausedOutbound)
      .set({ releaseState: state, reason, finishedAt: sql`clock_timestamp()` })
      .where(eq(pausedOutbound.runId, runId)),
  )
  return 'over'
}

/** Something broke, or the worker was told to stop; if it was at the commit, the next attempt learns what became of it first. */
async function again(db: Db, lease: Lease, runId: string, cause: unknown, stopped: boolean): Promise<'again'> {
  if (!stopped) log('worker').warn({ err: cause, runId }, 'paused actions not released; tried again')
  await guarded(db, lease, async (tx) => {
    await tx
      .update(pausedOutbound)
      .set(
        stopped
          ? { attempts: sql`greatest(${pausedOutbound.attempts} - 1, 0)` }
          : { reason: cause instanceof Error ? cause.message : String(cause) },
      )
      .where(eq(pausedOutbound.runId, runId))
    await enqueueRelease(tx, runId, stopped ? 0 : AGAIN_MS)
  })
  return 'again'
}

async function readRelease(db: Db, runId: string): Promise<ReleaseRow | null> {
  const [row] = await scoped(db, 'system', (tx) => tx.select().from(pausedOutbound).where(eq(pausedOutbound.runId, runId)))
  return row ?? null
}
