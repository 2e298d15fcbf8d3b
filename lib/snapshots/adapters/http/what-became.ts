import { z } from 'zod'
import type { Fate, PortalRef, RestoreTrace } from '../../port.ts'
import { withSides } from '../postgres/sides.ts'
import { ask } from './ask.ts'
import { foundRemote } from './call-remote.ts'
import { readOperation } from './follow.ts'
import { RemoteProblem } from './problem.ts'
import { fingerprint, readScope } from './prove.ts'
import type { FindRemote, Remote } from './remote.ts'

/**
 * What became of a restore whose worker vanished (S50): the operation is cancelled if it still runs, and asked for its outcome. "Done" counts only where
 * the portal shows it; where people wrote on since, or the remote cannot be asked, it is unknown, and a person must look.
 */
export function whatBecameWith(find: FindRemote) {
  return async (portal: PortalRef, trace: RestoreTrace): Promise<Fate> => {
    if (trace.way !== 'remote') return 'unknown'
    try {
      const remote = foundRemote(find)
      const { outcome } = await readOperation(remote, trace.xid, 0, 0)
      if (outcome === null) return await cancel(remote, trace.xid)
      if (outcome !== 'done') return 'rolled_back'
      const { adminUrl, databaseName } = portal
      const shown = await withSides(adminUrl, [{ databaseName }], (live) => readScope(live, portal, trace.scope, null))
      return fingerprint(shown) === trace.expected ? 'committed' : 'unknown'
    } catch (cause) {
      if (cause instanceof RemoteProblem) return 'unknown'
      throw cause
    }
  }
}

async function cancel(remote: Remote, id: string): Promise<Fate> {
  await ask(remote, { method: 'POST', path: `/operations/${id}/cancel`, body: {}, key: `${id}:cancel` }, z.unknown())
  return 'in_progress'
}
