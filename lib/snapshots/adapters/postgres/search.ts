import type { Found, SearchRequest } from '../../port.ts'
import { readDeletions } from './search-deletions.ts'
import { askFor } from './search-keys.ts'
import { choose, type Ledger, leaveSilent, newLedger, record, unasked } from './search-ledger.ts'
import { copiesReader, lookThrough, type PointReader, withDatabase } from './search-point.ts'
import { wordPatterns } from './word-patterns.ts'

/** Looking through takes so much of the time at most; the rest is for asking for records by their keys. */
const lookingShare = 0.75
/** Points that are looked through at the same time, beside live. */
const pointsAtOnce = 2

/**
 * Looks through live and every point for the words, once each; what one place has and another's text does not say is then asked for there
 * by its key. So a record that only an old point has is found, and one that was renamed since is not taken for gone. How a point is read is
 * its keeper's to say: `readerOf`.
 */
export async function search(
  request: SearchRequest,
  signal?: AbortSignal,
  readerOf: (ledger: Ledger, signal: AbortSignal | undefined) => PointReader = copiesReader,
): Promise<Found> {
  const began = performance.now()
  const searchedAt = new Date().toISOString()
  const ledger = newLedger(request)
  if (wordPatterns(request.words).length > 0 && request.limit > 0) await fill(ledger, readerOf(ledger, signal), began, signal)
  const deletions = ledger.deletions
  return {
    records: ledger.chosen.map((found) => record(found, ledger, deletions)),
    truncated: ledger.truncated,
    leftOut: [...ledger.leftOut.values()],
    unread: ledger.unread,
    searchedAt,
    durationMs: Math.round(performance.now() - began),
  }
}

async function fill(ledger: Ledger, reader: PointReader, began: number, signal: AbortSignal | undefined): Promise<void> {
  const { request, live, points } = ledger
  const until = began + request.timeLimitMs
  const lookUntil = began + request.timeLimitMs * lookingShare
  await withDatabase(request, live.databaseName, signal, async (side) => {
    const [tables] = await together([
      lookThrough(ledger, live, side, lookUntil, signal),
      inTurn(points, pointsAtOnce, (place) => reader.look(place, lookUntil)),
    ])
    leaveSilent(ledger)
    await askFor(live, tables, side, [...ledger.found.values()], until)
    choose(ledger)
    const incomplete = points.filter((place) => place.tables !== null && unasked(place, ledger.chosen).length > 0)
    await inTurn(incomplete, pointsAtOnce, (place) => reader.ask(place, ledger.chosen, until))
    ledger.deletions = await readDeletions(ledger, side, until)
  })
  signal?.throwIfAborted()
}

/** In order, a few at a time; when one fails no other is begun, and those that were begun are waited for. */
async function inTurn<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await work(next)
      } catch (error) {
        waiting.length = 0
        throw error
      }
    }
  }
  await together(Array.from({ length: atOnce }, worker))
}

/** Waits for all even when one fails: a query left running would meet the next one on its connection. */
async function together<T extends readonly Promise<unknown>[]>(works: readonly [...T]) {
  await Promise.allSettled(works)
  return Promise.all(works)
}
