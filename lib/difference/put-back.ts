import { type KeyTexts, readKeyTexts } from './by-key.ts'
import { travelsInBinary } from './drift.ts'
import { findObstacles } from './find-obstacles.ts'
import { inOneTransaction } from './in-one-transaction.ts'
import { interruptible } from './interrupt.ts'
import { horizonOf } from './moved.ts'
import { nameKey } from './names.ts'
import { readAhead, readyBytes, type TablePlan } from './plan.ts'
import type { PutBack } from './put-back/order.ts'
import { conflictFacts, type PutBackPlan, planPutBack } from './put-back/plan-put-back.ts'
import { returningSet, returningTables } from './put-back/preview-put-back.ts'
import { type PreparedPutBack, putBackUnderLock } from './put-back/put-back-under-lock.ts'
import { findReach, type Reach } from './put-back/reach.ts'
import { refuseMore } from './put-back/refuse-more.ts'
import { closeReaders, openReaders } from './readers.ts'
import { RefusalError } from './refusal.ts'
import { type RestoreOutcome, sidesOf } from './restore-order.ts'
import { noRows } from './row-set.ts'
import { atOneMoment } from './side.ts'
import { followWal, markWal, type WalMark } from './wal-tail.ts'

/**
 * Brings records back that are missing from live, with what points at them and what they need, in one transaction; nothing that live holds is
 * touched. Whatever is in the way refuses it beforehand (S72), unless the caller leaves conflicts out. Returned and thrown as by `restoreInPlace`.
 */
export async function putBack(order: PutBack): Promise<RestoreOutcome> {
  try {
    const reach = await findReach(order.live, order.snapshot, order.scope, order.records)
    const { refusals } = await findObstacles(order.live, order.snapshot, reach.scope, 'in_place')
    if (refusals[0] !== undefined) return { outcome: 'refused', refusal: refusals[0] }
    return await interruptible(sidesOf(order), order.signal, async () => {
      const mark = await markWal(order.wal, order.live)
      return atOneMoment([order.live, order.snapshot], () => putBackFromPlan(order, reach, mark))
    })
  } catch (error) {
    if (error instanceof RefusalError) return { outcome: 'refused', refusal: error.refusal }
    throw error
  }
}

async function putBackFromPlan(order: PutBack, reach: Reach, mark: WalMark | null): Promise<RestoreOutcome> {
  const plan = await planPutBack(order, reach)
  if (plan.conflicts.length > 0 && !order.leaveOutConflicts)
    return { outcome: 'refused', refusal: { code: 'put_back_conflicts', facts: conflictFacts(plan.conflicts) } }
  const tables = returningTables(plan)
  refuseMore(order.consented, returningSet(tables))
  if (tables.length === 0) return { outcome: 'nothing_to_do' }
  const prepared = await prepare(order, reach, plan, mark)
  try {
    return await inOneTransaction(order, plan.comparison.live.tables, (writer, xid) =>
      putBackUnderLock(order, writer, prepared, xid),
    )
  } finally {
    await closeReaders(prepared.readers)
  }
}

async function prepare(order: PutBack, { scope }: Reach, plan: PutBackPlan, mark: WalMark | null): Promise<PreparedPutBack> {
  const tables: TablePlan[] = []
  const keys = new Map<number, KeyTexts | null>()
  let room = readyBytes
  for (const pair of plan.comparison.pairs) {
    const insert = plan.returning.set(pair.live)
    if (insert.length === 0) continue
    const format = travelsInBinary(pair, plan.comparison.live, plan.comparison.snapshot) ? 'binary' : 'text'
    const ready = await readAhead(order.snapshot, pair.live, pair.snapshot, insert, format, room)
    room -= (ready ?? []).reduce((sum, piece) => sum + piece.length, 0)
    const rowsThen = plan.comparison.rowsLive.get(nameKey(pair.live)) ?? 0
    tables.push({
      ...pair,
      format,
      remove: noRows,
      insert,
      revive: noRows,
      ready,
      rowsThen,
      rowsWanted: rowsThen + insert.length,
    })
    keys.set(pair.live.oid, await readKeyTexts(order.snapshot, pair.live, pair.snapshot.quoted, insert))
  }
  const tail = await followWal(mark, order.live, plan.comparison.live.tables)
  return { scope, plan, tables, keys, tail, horizon: await horizonOf(order.live), readers: await openReaders(order.live) }
}
