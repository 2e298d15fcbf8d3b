import { interruptible } from '#lib/difference/interrupt.ts'
import { atOneMoment, one, run, type Side } from '#lib/difference/side.ts'
import { AdapterRefused, type SearchRequest } from '../../port.ts'
import { sqlState } from './connect.ts'
import { withCopy } from './copies.ts'
import { askFor } from './search-keys.ts'
import { type FoundAt, type Ledger, leave, note, type Place, type Point, tableKey } from './search-ledger.ts'
import { findHits, hitsAtMost } from './search-rows.ts'
import { type SearchTable, searchTables } from './search-tables.ts'
import { withSides } from './sides.ts'
import { wordPatterns } from './word-patterns.ts'

/** Reading what tables there are takes a moment, however little time there is. */
const catalogueMs = 5_000

/** How a point is read; `until` are instants of `performance.now()`. What cannot be read in time, or at all, is written down as not known. */
export type PointReader = {
  /** For the words. */
  look: (place: Point, until: number) => Promise<void>
  /** For records by their keys, after a look. */
  ask: (place: Point, records: readonly FoundAt[], until: number) => Promise<void>
}

/** Points that are databases of the portal's server. */
export function copiesReader(ledger: Ledger, signal: AbortSignal | undefined): PointReader {
  const { request } = ledger
  const known = new Map<Place, Map<string, SearchTable>>()
  return {
    look: (place, until) =>
      withPoint(request, place, signal, async (side) => {
        known.set(place, await lookThrough(ledger, place, side, until, signal))
      }),
    ask: (place, records, until) =>
      withPoint(request, place, signal, (side) => askFor(place, known.get(place) ?? new Map(), side, records, until)),
  }
}

/** Writes down what of a database has the words, and gives the tables that were looked through. */
export async function lookThrough(
  ledger: Ledger,
  place: Place,
  side: Side,
  until: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, SearchTable>> {
  const { tables, leftOut, names } = await searchTables(side, ledger.request)
  for (const left of leftOut) leave(ledger, left)
  place.names = names
  const searchedTables = new Map(tables.map((searched) => [tableKey(searched), searched]))
  place.tables = searchedTables
  const { encoding } = await one<{ encoding: string }>(side, `SELECT current_setting('server_encoding') AS encoding`)
  const patterns = wordPatterns(ledger.request.words, { plain: encoding !== 'UTF8' })
  for (const searched of tables) {
    signal?.throwIfAborted()
    const read = await findHits(side, searched, patterns, until)
    if ('why' in read) leave(ledger, { schema: searched.table.schema, table: searched.table.name, why: read.why })
    else {
      if (read.hits.length > hitsAtMost) ledger.truncated = true
      for (const hit of read.hits) note(ledger, place, searched, hit)
    }
  }
  return searchedTables
}

/** A point that was removed meanwhile can say nothing, which is no error. */
async function withPoint(
  request: SearchRequest,
  place: Place,
  signal: AbortSignal | undefined,
  use: (side: Side) => Promise<void>,
): Promise<void> {
  try {
    await withCopy(request.portal.adminUrl, place.databaseName, () => withDatabase(request, place.databaseName, signal, use))
  } catch (error) {
    if (!(error instanceof AdapterRefused) && sqlState(error) !== '3D000') throw error
  }
}

export function withDatabase(
  { portal, timeLimitMs }: SearchRequest,
  databaseName: string,
  signal: AbortSignal | undefined,
  use: (side: Side) => Promise<void>,
): Promise<void> {
  return withSides(portal.adminUrl, [{ databaseName }], (side) =>
    interruptible([side], signal, () =>
      atOneMoment([side], async () => {
        // Whatever is asked beside the records, the catalogue above all, may meet somebody's lock.
        await run(side, `SET LOCAL statement_timeout = ${Math.max(catalogueMs, Math.ceil(timeLimitMs))}`)
        await use(side)
      }),
    ),
  )
}
