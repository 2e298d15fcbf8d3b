import { noRows, type RowSet } from '../row-set.ts'
import { RowCollector, RowCursor } from './hash-stream.ts'

/** How two tables differ as multisets of rows; places are each side's own. */
export type RowDifference = {
  readonly onlyLive: RowSet
  readonly onlySnapshot: RowSet
  readonly rowsLive: number
  readonly rowsSnapshot: number
}

export type OnlyOn = Pick<RowDifference, 'onlyLive' | 'onlySnapshot'>

export const nowhere: OnlyOn = { onlyLive: noRows, onlySnapshot: noRows }

/** Both streams sorted by hash: equal rows cancel each other one by one, so duplicates need no special case. */
export async function cancelEqual(live: AsyncGenerator<RowSet>, snapshot: AsyncGenerator<RowSet>): Promise<OnlyOn> {
  const here = new RowCursor(live)
  const there = new RowCursor(snapshot)
  const onlyLive = new RowCollector()
  const onlySnapshot = new RowCollector()
  try {
    while ((await here.hasRow()) && (await there.hasRow())) {
      const a = here.row()
      const b = there.row()
      if (a.hash < b.hash) onlyLive.add(a)
      if (b.hash < a.hash) onlySnapshot.add(b)
      if (a.hash <= b.hash) here.pass()
      if (b.hash <= a.hash) there.pass()
    }
    for (; await here.hasRow(); here.pass()) onlyLive.add(here.row())
    for (; await there.hasRow(); there.pass()) onlySnapshot.add(there.row())
  } finally {
    // Whatever stopped it, neither connection may be left in the middle of a COPY.
    await Promise.allSettled([here.close(), there.close()])
  }
  return { onlyLive: onlyLive.rows(), onlySnapshot: onlySnapshot.rows() }
}

/** Waits for both even when one fails: a query left running would meet the next one on its connection. */
export async function onBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return Promise.all([a, b])
}
