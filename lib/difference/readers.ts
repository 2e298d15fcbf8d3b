import { closeSide, openSibling, type Side, sqlState } from './side.ts'

const readersAtMost = 3

/** Further connections to the same database, opened before a lock, that share what has to be read under it. Fewer, or none, where the server has no room. */
export async function openReaders(side: Side): Promise<Side[]> {
  const readers: Side[] = []
  try {
    while (readers.length < readersAtMost) readers.push(await openSibling(side))
  } catch (error) {
    if (!isFull(error)) {
      await closeReaders(readers)
      throw error
    }
  }
  return readers
}

export async function closeReaders(readers: readonly Side[]): Promise<void> {
  await Promise.all(readers.map(closeSide))
}

/** Does the work for every item; each side takes the next one as soon as it is free. Waits for all, also when one fails. */
export async function shareOut<Item, Result>(
  sides: readonly Side[],
  items: readonly Item[],
  work: (side: Side, item: Item) => Promise<Result>,
): Promise<Map<Item, Result>> {
  const waiting = [...items]
  const results = new Map<Item, Result>()
  const busy = sides.map(async (side) => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) results.set(item, await work(side, item))
  })
  try {
    await Promise.all(busy)
  } finally {
    // A query left running would meet the next one on its connection.
    waiting.length = 0
    await Promise.allSettled(busy)
  }
  return results
}

// too_many_connections: of the server, the database or the role.
function isFull(error: unknown): boolean {
  return sqlState(error) === '53300'
}
