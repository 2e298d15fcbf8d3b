import type { TableName } from '#lib/difference/names.ts'
import type { ExtractedTable, ExtractRequest, SnapshotRef } from '../../port.ts'
import { foundRemote, resultOf } from './call-remote.ts'
import { mustBeAskedFor } from './check-extract.ts'
import { follow, start } from './follow.ts'
import { readOffers } from './offers.ts'
import { RemoteProblem } from './problem.ts'
import { results, sentPortal } from './protocol.ts'
import { refuseErased } from './prove.ts'
import { readRows } from './read-rows.ts'
import type { FindRemote, Remote } from './remote.ts'
import { send } from './send.ts'

/**
 * The remote picks the rows and keeps them aside; each reading of a table fetches them anew, page by page, so that here is never more than one. That they are the
 * right rows is its word, as its comparison is. That it stands by what it told of them, and hands out nothing that was not asked for, is seen to here (S119).
 */
export function extractWith(find: FindRemote) {
  return async <T>(
    request: ExtractRequest,
    use: (extracted: ExtractedTable[], withheldTables: TableName[]) => Promise<T>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<T> => {
    // A remote is never told who was erased, so it could not leave them out (S66).
    refuseErased(request.portal)
    const remote = foundRemote(find)
    const { name, can } = await readOffers(remote, signal)
    if (!can.has('extract')) throw new RemoteProblem(`${name} does not hand out rows`)
    const started = await start(remote, '/extracts', bodyOf(request), crypto.randomUUID(), signal)
    try {
      const ended = await follow(remote, started, { signal, observe: async () => undefined, mayCommit: async () => true })
      const { tables, withheldTables } = resultOf(ended, results.extract)
      await mustBeAskedFor(request, { tables, withheldTables })
      const kind = request.what.kind
      return await use(
        tables.map(({ sum, ...told }, index) => ({
          ...told,
          read: () =>
            readRows(remote, { path: `/extracts/${started.id}/tables/${index}`, kind, table: { ...told, sum } }, signal),
        })),
        withheldTables,
      )
    } finally {
      await forget(remote, started.id)
    }
  }
}

/** One that cannot be told forgets by itself what nobody reads. */
async function forget(remote: Remote, id: string): Promise<void> {
  try {
    await send(remote, { method: 'DELETE', path: `/extracts/${id}`, key: `${id}:forget` })
  } catch (cause) {
    if (!(cause instanceof RemoteProblem)) throw cause
  }
}

function bodyOf({ portal, source, what }: ExtractRequest) {
  const { tables, columns } = portal.withheld ?? { tables: [], columns: [] }
  return { portal: sentPortal(portal), withheld: { tables, columns }, source: named(source), what: whatOf(what) }
}

function whatOf(what: ExtractRequest['what']) {
  // Records that come back alone may lie anywhere.
  const scope = what.scope === 'put_back' ? 'full' : what.scope
  return what.kind === 'difference' ? { ...what, against: what.against.map(named), scope } : { ...what, scope }
}

const named = ({ id, databaseName }: SnapshotRef) => ({ id, databaseName })
