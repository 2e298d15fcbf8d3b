import { AdapterRefused, type DatabaseIdentity, type Health, type PortalRef } from '../../port.ts'
import { health as healthOfServer } from '../postgres/health.ts'
import { foundRemote } from './call-remote.ts'
import { readOffers } from './offers.ts'
import { RemoteProblem } from './problem.ts'
import type { FindRemote } from './remote.ts'
import { listWith } from './snapshots.ts'

/** What a remote must offer for the adapter to be what it declares. */
const needed = ['capture', 'compare', 'restore', 'undo', 'verify']

/** Can the desk read the portal itself, which is how it proves a restore, and does the remote answer, know the portal and offer what is needed? */
export function healthWith(find: FindRemote) {
  return async (portal: PortalRef, desk: DatabaseIdentity | null): Promise<Health> => {
    const report = await healthOfServer(portal, desk, 'reads')
    try {
      const remote = foundRemote(find)
      const { name, can } = await readOffers(remote)
      const lacking = needed.filter((one) => !can.has(one))
      if (lacking.length > 0) throw new RemoteProblem(`${name} does not offer ${lacking.join(', ')}`)
      await listWith(find)(portal)
      report.notes.push(`snapshots are kept by ${name}`)
      if (!can.has('extract')) report.notes.push(`${name} hands out no rows: there are no files of what a restore wipes`)
    } catch (cause) {
      if (!(cause instanceof AdapterRefused)) throw cause
      report.problems.push({ code: cause.refusal.code, words: cause.message })
    }
    return { ...report, ok: report.problems.length === 0 }
  }
}
