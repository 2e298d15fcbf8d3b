import type { Table } from './catalogue.ts'
import { abortReason } from './interrupt.ts'
import { isLockConflict, lockRefusal, whoBlocks } from './locks.ts'
import { pass } from './observe.ts'
import type { Applying, Committed } from './restore-order.ts'
import { closeSide, one, openSibling, rollBackQuietly, run, type Side } from './side.ts'

const usualLockAttempts = 5

/** Begins a transaction of its own beside live, in replica role, and does `work` in it; again, in a new one, as long as the tables cannot be locked. */
export async function inOneTransaction(
  order: Applying,
  tables: readonly Table[],
  work: (writer: Side, xid: string) => Promise<Committed>,
): Promise<Committed> {
  await pass(order, 'restore:prepared')
  const writer = await openSibling(order.live, { replica: true })
  try {
    return await tryUntilLocked(order, writer, tables, work)
  } finally {
    await rollBackQuietly(writer)
    await closeSide(writer)
  }
}

// A waiting lock makes writers queue behind it, so each attempt waits briefly and the next comes after a pause in which they pass.
async function tryUntilLocked(
  order: Applying,
  writer: Side,
  tables: readonly Table[],
  work: (writer: Side, xid: string) => Promise<Committed>,
): Promise<Committed> {
  const attempts = order.lockAttempts ?? usualLockAttempts
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(writer, await begin(order, writer))
    } catch (error) {
      if (!isLockConflict(error)) throw error
      await rollBackQuietly(writer)
      const blockers = await whoBlocks(order.live, tables, writer.backendPid)
      await pass(order, 'restore:lockWait', { done: attempt, total: attempts, blockers })
      if (attempt >= attempts) throw lockRefusal(blockers, attempts)
      await pauseFor(order, attempt)
    }
  }
}

async function begin(order: Applying, writer: Side): Promise<string> {
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

function pauseFor(order: Applying, attempt: number): Promise<void> {
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
