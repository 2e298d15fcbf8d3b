import type { Recovered, RecoverRequest } from '../../port.ts'
import { foundRemote, runQuiet } from './call-remote.ts'
import { noteOffers } from './offers.ts'
import { RemoteProblem } from './problem.ts'
import { results, sentPortal } from './protocol.ts'
import type { FindRemote } from './remote.ts'

/** The remote tidies what is its own; of the portal itself the desk holds nothing. One that is down stops nobody: it gives up by itself what nobody asks about. */
export function recoverWith(find: FindRemote) {
  return async ({ portal, keep, busy }: RecoverRequest): Promise<Recovered> => {
    const kept = keep.map(({ id, databaseName }) => ({ id, databaseName }))
    try {
      const body = { portal: sentPortal(portal), keep: kept, busy }
      const remote = foundRemote(find)
      // A worker that takes over a run goes on from here.
      await noteOffers(remote)
      const told = await runQuiet(remote, `/portals/${portal.id}/recoveries`, body, results.recovery)
      return { barsLifted: [], ...told }
    } catch (cause) {
      if (!(cause instanceof RemoteProblem)) throw cause
      return { barsLifted: [], removed: [], unclaimed: [], notes: [`the remote was left as it is: ${cause.message}`] }
    }
  }
}
