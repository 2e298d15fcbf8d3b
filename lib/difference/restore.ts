import { type KeyTexts, readKeyTexts } from './by-key.ts'
import { asRefusal, findObstacles } from './find-obstacles.ts'
import { inOneTransaction } from './in-one-transaction.ts'
import { interruptible } from './interrupt.ts'
import { horizonOf } from './moved.ts'
import { makePlan, type Plan } from './plan.ts'
import { closeReaders, openReaders } from './readers.ts'
import { RefusalError } from './refusal.ts'
import { type Prepared, type RestoreInPlace, type RestoreOutcome, sidesOf } from './restore-order.ts'
import { restoreUnderLock } from './restore-under-lock.ts'
import { atOneMoment } from './side.ts'
import { followWal, markWal, type WalMark } from './wal-tail.ts'
import { refuseGrowth, wipedSetOf } from './wiped-set.ts'

export type * from './restore-order.ts'

/**
 * Makes live what the snapshot was, within the scope, in one transaction (I3). Readers go on; writers wait from the lock to the commit.
 * Undo is the same call from the safety copy. A refusal comes back as a value and leaves live untouched, as does anything thrown, save
 * `OutcomeUnknown`: the connection was lost at the commit, ask `whatBecameOf(xid)`. The signal stops it until COMMIT is sent.
 */
export async function restoreInPlace(order: RestoreInPlace): Promise<RestoreOutcome> {
  try {
    const { refusals } = await findObstacles(order.live, order.snapshot, order.scope, 'in_place')
    if (refusals[0] !== undefined) return { outcome: 'refused', refusal: refusals[0] }
    return await interruptible(sidesOf(order), order.signal, async () => {
      const mark = await markWal(order.wal, order.live)
      return atOneMoment([order.live, order.snapshot], () => restoreFromPlan(order, mark))
    })
  } catch (error) {
    if (error instanceof RefusalError) return { outcome: 'refused', refusal: error.refusal }
    throw error
  }
}

async function restoreFromPlan(order: RestoreInPlace, mark: WalMark | null): Promise<RestoreOutcome> {
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
  const prepared = await prepare(order, plan, mark)
  try {
    return await inOneTransaction(order, plan.comparison.live.tables, (writer, xid) =>
      restoreUnderLock(order, writer, prepared, xid),
    )
  } finally {
    await closeReaders(prepared.readers)
  }
}

async function prepare(order: RestoreInPlace, plan: Plan, mark: WalMark | null): Promise<Prepared> {
  const keys = new Map<number, KeyTexts | null>()
  for (const table of plan.tables)
    if (table.insert.length > 0)
      keys.set(table.live.oid, await readKeyTexts(order.snapshot, table.live, table.snapshot.quoted, table.insert))
  const horizon = await horizonOf(order.live)
  const tail = await followWal(mark, order.live, plan.comparison.live.tables)
  return { plan, keys, horizon, tail, objects: plan.comparison.difference.largeObjects, readers: await openReaders(order.live) }
}
