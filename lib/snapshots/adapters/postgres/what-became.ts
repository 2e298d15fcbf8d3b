import { z } from 'zod'
import type { BackendRef, Fate, PortalRef, RestoreTrace } from '../../port.ts'
import { select, withClient } from './connect.ts'

/**
 * What became of a restore whose worker vanished (S50). In place, the server remembers its transactions. A swap is recognised by which
 * database bears the portal's name, by oid: names can be given again, oids stay.
 */
export async function whatBecame({ adminUrl }: PortalRef, trace: RestoreTrace): Promise<Fate> {
  if (trace.way === 'remote') return 'unknown'
  return withClient(adminUrl, undefined, async (admin) => {
    const [told] = await select(admin, z.object({ status: z.string().nullable() }), 'select pg_xact_status($1::xid8) as status', [
      trace.xid,
    ])
    if (told?.status === 'in progress') return 'in_progress'
    if (told?.status === 'committed') return 'committed'
    if (told?.status === 'aborted') return 'rolled_back'
    if (trace.way === 'in_place') return 'unknown'
    const [live] = await select(
      admin,
      z.object({ oid: z.coerce.number() }),
      'select oid::text from pg_database where datname = $1',
      [trace.liveName],
    )
    if (live?.oid === trace.cloneOid) return 'committed'
    return live?.oid === trace.liveOid ? 'rolled_back' : 'unknown'
  })
}

/** Ends the backend of a worker that lost its lease, if it is still that one (S49), and waits until it is gone. */
export async function endBackend({ adminUrl }: PortalRef, { pid, backendStart }: BackendRef): Promise<boolean> {
  return withClient(adminUrl, undefined, async (admin) => {
    const [row] = await select(
      admin,
      z.object({ ended: z.number() }),
      `select count(*) filter (where pg_terminate_backend(pid, 5000))::int as ended
       from pg_stat_activity where pid = $1 and backend_start = $2::timestamptz`,
      [pid, backendStart],
    )
    return (row?.ended ?? 0) > 0
  })
}
