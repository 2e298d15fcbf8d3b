import type { TableName } from '#lib/difference/names.ts'
import { AdapterRefused, type Found, type SearchRequest } from '../../port.ts'
import { withClient } from '../postgres/connect.ts'
import { search as searchOnServer } from '../postgres/search.ts'
import type { FoundAt, Ledger, Place, Point } from '../postgres/search-ledger.ts'
import { copiesReader, type PointReader } from '../postgres/search-point.ts'
import { type Archive, readArchives } from './archives.ts'
import { isOnServer, programsOf } from './open-archive.ts'
import { asRefusal, RepositoryProblem } from './problem.ts'
import type { Programs } from './programs.ts'
import type { FindRepository, Repository } from './repository.ts'
import { askKeys, lookThroughArchive } from './search-archive.ts'
import type { KeyBudget, Sifted } from './sift-rows.ts'

/**
 * The postgres adapter's search, but that no archive is loaded, which for a week of them takes longer than anybody waits: its rows flow by once, those
 * with the words are kept, and of all others their keys alone, so that it can be asked for what other places have. Nothing of it touches a disk.
 */
export function searchWith(find: FindRepository) {
  return (request: SearchRequest, signal?: AbortSignal): Promise<Found> =>
    searchOnServer(request, signal, (ledger) => archivesReader(find, ledger, signal))
}

/** Eight bytes each, over all archives of one search. */
const keysAtMost = 16_000_000

function archivesReader(find: FindRepository, ledger: Ledger, signal: AbortSignal | undefined): PointReader {
  const { portal } = ledger.request
  const copies = copiesReader(ledger, signal)
  const sifted = new Map<Place, Sifted>()
  const budget: KeyBudget = { left: keysAtMost }
  let asked: ReturnType<typeof whatIsThere> | undefined
  const there = async ({ id }: Point) => {
    try {
      asked ??= whatIsThere(find, ledger.request, signal)
      return await asked
    } catch (error) {
      throw error instanceof RepositoryProblem ? new AdapterRefused(asRefusal(error, id ?? '')) : error
    }
  }
  const look = async (place: Point, until: number): Promise<void> => {
    const { repository, archives, programs } = await there(place)
    const archive = archives.find(({ databaseName }) => databaseName === place.databaseName)
    // A point that was removed meanwhile can say nothing, which is no error.
    if (!archive) return
    const tables: TableName[] = []
    const of = { repository, archive, programs }
    const read = await withinTime(until, signal, (inTime) => lookThroughArchive(ledger, place, of, budget, tables, inTime))
    if ('sifted' in read) sifted.set(place, read.sifted)
    else {
      ledger.silent.push({ why: read.why === 'too_slow' ? read.why : 'unreadable', tables })
      if (read.why !== 'too_slow') ledger.unread.push({ id: place.ref.id, why: read.why, because: read.because })
    }
  }
  return {
    look: async (place, until) => {
      if (until <= performance.now()) ledger.silent.push({ why: 'not_reached', tables: [] })
      else if (await isOnServer(portal, place.ref)) await copies.look(place, until)
      else await look(place, until)
    },
    ask: async (place, records: readonly FoundAt[], until) => {
      const tables = sifted.get(place)
      if (tables) askKeys(ledger, place, tables, records)
      else await copies.ask(place, records, until)
    },
  }
}

async function whatIsThere(
  find: FindRepository,
  { portal }: SearchRequest,
  signal: AbortSignal | undefined,
): Promise<{ repository: Repository; archives: Archive[]; programs: Programs }> {
  const repository = find()
  if (!repository) throw new RepositoryProblem('unavailable', 'RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE are not set')
  const found = await withClient(portal.adminUrl, undefined, programsOf)
  if (!found.ok) throw new AdapterRefused(found.refusal)
  const { finished } = await readArchives(repository, portal, signal)
  return { repository, archives: finished, programs: found.programs }
}

type Read = { sifted: Sifted } | { why: 'too_slow' } | { why: Found['unread'][number]['why']; because: string }

/** Reads as long as there is time. Whatever becomes of one archive says nothing against the others: it is told, not thrown. */
async function withinTime(
  until: number,
  signal: AbortSignal | undefined,
  read: (inTime: AbortSignal) => Promise<Sifted>,
): Promise<Read> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error('there is no more time')), until - performance.now())
  try {
    return { sifted: await read(signal ? AbortSignal.any([signal, late.signal]) : late.signal) }
  } catch (error) {
    signal?.throwIfAborted()
    return late.signal.aborted
      ? { why: 'too_slow' }
      : { why: whyOf(error), because: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

function whyOf(error: unknown): Found['unread'][number]['why'] {
  if (!(error instanceof RepositoryProblem)) return 'failed'
  if (error.kind === 'encoding') return 'encoding'
  return error.kind === 'damaged' || error.kind === 'unloadable' ? 'damaged' : 'failed'
}
