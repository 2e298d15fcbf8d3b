import { type KeyTexts, readKeyTexts } from './by-key.ts'
import { asRefusal, findObstacles } from './find-obstacles.ts'
import { abortReason, interruptible } from './interrupt.ts'
import { isLockConflict, lockRefusal, whoBlocks } from './locks.ts'
import { horizonOf } from './moved.ts'
import { pass } from './observe.ts'
import { makePlan, type Plan } from './plan.ts'
import { closeReaders, openReaders } from './readers.ts'
import { RefusalError } from './refusal.ts'
import type { Prepared, RestoreInPlace, RestoreOutcome } from './restore-order.ts'
import { restoreUnderLock } from './restore-under-lock.ts'
import { atOneMoment, closeSide, one, openSibling, rollBackQuietly, run, type Side } from './side.ts'
import { refuseGrowth, wipedSetOf } from './wiped-set.ts'

export type * from './restore-order.ts'

const usualLockAttempts = 5

/**
 * Makes live what the snapshot was, within the scope, in one transaction (I3). Readers go on; writers wait from the lock to the commit.
 * Undo is the same call from the safety copy. A refusal comes back as a value and leaves live untouched, as does anything thrown, save
 * `OutcomeUnknown`: the connection was lost at the commit, ask `whatBecameOf(xid)`. The signal stops it until COMMIT is sent.
 */
export async function restoreInPlace(order: RestoreInPlace): Promise<RestoreOutcome> {
  try {
    const { refusals } = await findObstacles(order.live, order.snapshot, order.scope, 'in_place')
    if (refusals[0] !== undefined) return { outcome: 'refused', refusal: refusals[0] }
    return await interruptible([order.live, order.snapshot], order.signal, () =>
      atOneMoment([order.live, order.snapshot], () => restoreFromPlan(order)),
    )
  } catch (error) {
    if (error instanceof RefusalError) return { outcome: 'refused', refusal: error.refusal }
    throw error
  }
}

async function restoreFromPlan(order: RestoreInPlace): Promise<RestoreOutcome> {
  const plan = await makePlan(order.live, order.snapshot, order.scope, order)
  const { drift, tables, sequences, largeObjects } = plan.comparison.difference
  if (drift[0] !== undefined) return { outcome: 'refused', refusal: asRefusal(drift[0]) }
  refuseGrowth(order, wipedSetOf(plan.comparison.difference))
  const somethingToDo =
    tables.length > 0 ||
    largeObjects.length > 0 ||
    sequences.some((sequence) => sequence.snapshotIsAhead) ||
    order.giveBackFrom !== undefined
  if (!somethingToDo) return { outcome: 'nothing_to_do' }
  const prepared = await prepare(order, plan)
  try {
    await pass(order, 'restore:prepared')
    const writer = await openSibling(order.live, { replica: true })
    try {
      return await tryUntilLocked(order, writer, prepared)
    } finally {
      await rollBackQuietly(writer)
      await closeSide(writer)
    }
  } finally {
    await closeReaders(prepared.readers)
  }
}

async function prepare(order: RestoreInPlace, plan: Plan): Promise<Prepared> {
  const keys = new Map<number, KeyTexts | null>()
  for (const table of plan.tables)
    if (table.insert.length > 0)
      keys.set(table.live.oid, await readKeyTexts(order.snapshot, table.live, table.snapshot.quoted, table.insert))
  const horizon = await horizonOf(order.live)
  return { plan, keys, horizon, objects: plan.comparison.difference.largeObjects, readers: await openReaders(order.live) }
}

// A waiting lock makes writers queue behind it, so each attempt waits briefly and the next comes after a pause in which they pass.
async function tryUntilLocked(order: RestoreInPlace, writer: Side, prepared: Prepared): Promise<RestoreOutcome> {
  const attempts = order.lockAttempts ?? usualLockAttempts
  const locked = prepared.plan.comparison.live.tables
  for (let attempt = 1; ; attempt++) {
    try {
      return await restoreUnderLock(order, writer, prepared, await begin(order, writer))
    } catch (error) {
      if (!isLockConflict(error)) throw error
      await rollBackQuietly(writer)
      const blockers = await whoBlocks(order.live, locked, writer.backendPid)
      await pass(order, 'restore:lockWait', { done: attempt, total: attempts, blockers })
      if (attempt >= attempts) throw lockRefusal(blockers, attempts)
      await pauseFor(order, attempt)
    }
  }
}

async function begin(order: RestoreInPlace, writer: Side): Promise<string> {
  // A portal's own defaults (read only, serializable, asynchronous commit) must not decide about this one.
  await run(writer, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE')
  await run(
    writer,
    `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') IN ('off', 'local')`,
  )
  const { xid } = await one<{ xid: string }>(writer, 'SELECT pg_current_xact_id()::text AS xid')
  await order.onTransaction({ xid, backendPid: writer.backendPid, backendStart: writer.backendStart })
  await pass(order, 'restore:begun')
  return xid
}

function pauseFor(order: RestoreInPlace, attempt: number): Promise<void> {
  const waitMs = Math.min(order.lockTimeoutMs * attempt, 5_000)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, waitMs)
    function done() {
      order.signal?.removeEventListener('abort', stop)
      resolve()
    }
    function stop() {
      clearTimeout(timer)
      reject(abortReason(order.signal))
    }
    order.signal?.addEventListener('abort', stop, { once: true })
  })
}
