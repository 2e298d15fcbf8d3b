import type { Table } from './catalogue.ts'
import { interruptible } from './interrupt.ts'
import { Journal } from './journal.ts'
import { lockTables } from './locks.ts'
import { OutcomeUnknown, whatBecameOf } from './outcome.ts'
import { refuse } from './refusal.ts'
import { type Applying, type Committed, type RestoreCounts, sidesOf } from './restore-order.ts'
import { closeSide, isConnectionLoss, openSibling, run, type Side } from './side.ts'

export type Locking = {
  readonly writer: Side
  readonly xid: string
  readonly tables: readonly Table[]
  readonly readers: readonly Side[]
}

export type Done = { readonly counts: RestoreCounts; readonly lastSnapshot: string }

/**
 * Locks the tables, does `work`, commits. The watchdog, the caller's signal and the journal are looked after here; `work` asks `mayCommit` last of
 * all. The order it is given bears the signal that both may fire.
 */
export async function underLock<Order extends Applying>(
  order: Order,
  { writer, xid, tables, readers }: Locking,
  work: (order: Order, journal: Journal, watch: Stopwatch) => Promise<Done>,
): Promise<Committed> {
  const watch = new Stopwatch()
  await lockTables(writer, tables, order.lockTimeoutMs)
  watch.lap('lock')
  const watchdog = new AbortController()
  const timer = setTimeout(() => watchdog.abort(refuse('lock_held_too_long', { maxLockMs: order.maxLockMs })), order.maxLockMs)
  // Should this process stall or vanish, the server itself lets go of the lock.
  await run(writer, `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(order.maxLockMs)}`)
  const signal = order.signal === undefined ? watchdog.signal : AbortSignal.any([order.signal, watchdog.signal])
  const journal = await Journal.begin(order.journalDirectory, xid)
  try {
    const done = await interruptible([writer, ...sidesOf(order), ...readers], signal, () =>
      work({ ...order, signal }, journal, watch),
    )
    await commit(order.live, writer, xid)
    watch.lap('commit')
    const committed: Committed = { outcome: 'committed', xid, ...done, writePauseMs: watch.total(), timings: watch.laps }
    await order.observe?.('restore:committed')
    return committed
  } finally {
    clearTimeout(timer)
    await journal.close()
  }
}

async function commit(live: Side, writer: Side, xid: string): Promise<void> {
  try {
    await run(writer, 'COMMIT')
  } catch (error) {
    if (!isConnectionLoss(error)) throw error
    if (!(await wasCommitted(live, writer, xid, error))) throw error
  }
}

// The server ends a backend whose client is gone; until then the answer is "in progress", and then it is known for good.
async function wasCommitted(live: Side, writer: Side, xid: string, cause: unknown): Promise<boolean> {
  try {
    const asker = await openSibling(live)
    try {
      await run(asker, `SELECT pg_terminate_backend(${writer.backendPid}, 10000)`)
      const became = await whatBecameOf(asker, xid)
      if (became === 'committed' || became === 'aborted') return became === 'committed'
    } finally {
      await closeSide(asker)
    }
  } catch (error) {
    if (!isConnectionLoss(error)) throw error
  }
  throw new OutcomeUnknown(xid, { cause })
}

/** Milliseconds by step. */
export class Stopwatch {
  readonly laps: Record<string, number> = {}
  readonly #began = performance.now()
  #last = this.#began

  lap(name: string): void {
    const now = performance.now()
    this.laps[name] = Math.round((now - this.#last) * 10) / 10
    this.#last = now
  }

  total(): number {
    return Math.round((performance.now() - this.#began) * 10) / 10
  }
}
