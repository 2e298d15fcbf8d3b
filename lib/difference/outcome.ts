import { one, type Side } from './side.ts'

export type WhatBecame = 'committed' | 'aborted' | 'in progress' | 'forgotten'

/**
 * What the server says became of a transaction (I3, S50). `side` may be any database of the same server. `forgotten`: so long ago that the server
 * no longer knows; that the run's own row must decide then.
 */
export async function whatBecameOf(side: Side, xid: string): Promise<WhatBecame> {
  const told = await one<{ status: WhatBecame | null }>(side, 'SELECT pg_xact_status($1::xid8) AS status', [xid])
  return told.status ?? 'forgotten'
}

/** Ends the backend of a run that lost its lease, if it is still that very backend. True when there was one to end. */
export async function endBackend(side: Side, backendPid: number, backendStart: string): Promise<boolean> {
  const told = await one<{ ended: number }>(
    side,
    `SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000))::int AS ended
     FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz`,
    [backendPid, backendStart],
  )
  return told.ended > 0
}

/** The connection went while COMMIT was under way: live is wholly old or wholly new, and `whatBecameOf` will tell which. */
export class OutcomeUnknown extends Error {
  readonly xid: string

  constructor(xid: string, options?: ErrorOptions) {
    super(`The connection was lost at the commit of transaction ${xid}`, options)
    this.name = 'OutcomeUnknown'
    this.xid = xid
  }
}
