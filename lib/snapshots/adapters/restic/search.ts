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
  const look = async (place: Point, tables: TableName[], inTime: AbortSignal): Promise<void> => {
    asked ??= whatIsThere(find, ledger.request, signal)
    const { repository, archives, programs } = await asked
    const archive = archives.find(({ databaseName }) => databaseName === place.databaseName)
    // A point that was removed meanwhile can say nothing, which is no error.
    if (archive)
      sifted.set(place, await lookThroughArchive(ledger, place, { repository, archive, programs }, budget, tables, inTime))
  }
  return {
    look: async (place, until) => {
      const tables: TableName[] = []
      if (until <= performance.now()) ledger.silent.push({ why: 'not_reached', tables })
      else if (await isOnServer(portal, place.ref)) await copies.look(place, until)
      else {
        const why = await whyNot((inTime) => look(place, tables, inTime), place, until, signal)
        if (why !== null) ledger.silent.push({ why, tables })
      }
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

/** Does the work as long as there is time. Null when it is done; one archive that is spoilt says nothing against the others, a repository that is down does. */
async function whyNot(
  work: (inTime: AbortSignal) => Promise<void>,
  { id }: Point,
  until: number,
  signal: AbortSignal | undefined,
): Promise<'too_slow' | 'unreadable' | null> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error('there is no more time')), until - performance.now())
  try {
    await work(signal ? AbortSignal.any([signal, late.signal]) : late.signal)
    return null
  } catch (error) {
    signal?.throwIfAborted()
    if (late.signal.aborted) return 'too_slow'
    if (!(error instanceof RepositoryProblem)) throw error
    if (error.kind === 'damaged' || error.kind === 'unloadable') return 'unreadable'
    throw new AdapterRefused(asRefusal(error, id ?? ''))
  } finally {
    clearTimeout(timer)
  }
}
