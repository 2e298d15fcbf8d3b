import { z } from 'zod'
import { select, withClient } from '../../../postgres/connect.ts'

/** The server whose moments are kept, as it is now. */
export type WatchedServer = z.infer<typeof serverRow>

const serverRow = z.object({
  systemIdentifier: z.string(),
  timeline: z.string(),
  version: z.number(),
  segmentBytes: z.coerce.number(),
  /** By the server's own clock. */
  now: z.coerce.date(),
  databasesBytes: z.coerce.number(),
  tablespaces: z.array(z.string()),
  superuser: z.string(),
  maxPreparedTransactions: z.coerce.number(),
})

export async function readServer(adminUrl: string): Promise<WatchedServer> {
  const [server] = await withClient(adminUrl, undefined, (admin) => select(admin, serverRow, serverQuery))
  if (!server) throw new Error('the server told nothing of itself')
  return server
}

const serverQuery = `select (select system_identifier::text from pg_control_system()) as "systemIdentifier",
  left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as timeline, current_setting('server_version_num')::int as version,
  pg_size_bytes(current_setting('wal_segment_size'))::text as "segmentBytes", clock_timestamp() as now,
  (select sum(pg_database_size(oid))::text from pg_database) as "databasesBytes",
  array(select spcname::text from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as tablespaces,
  (select rolname::text from pg_roles where oid = 10) as superuser,
  current_setting('max_prepared_transactions') as "maxPreparedTransactions"`

const slotRow = z.object({ lost: z.boolean() })
const receivedRow = z.object({ received: z.boolean() })

/** Whether the slot is there and still holds what comes after that which was received. */
export async function slotHolds(adminUrl: string, slot: string): Promise<boolean> {
  const [found] = await withClient(adminUrl, undefined, (admin) =>
    select(admin, slotRow, `select wal_status = 'lost' as lost from pg_replication_slots where slot_name = $1`, [slot]),
  )
  return found?.lost === false
}

/** A new slot that keeps WAL from here on. One that lost what it should have kept makes way for it. */
export async function makeSlot(adminUrl: string, slot: string): Promise<void> {
  await withClient(adminUrl, undefined, async (admin) => {
    await admin.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot])
    await admin.query('select pg_create_physical_replication_slot($1, true)', [slot])
  })
}

/** Where somebody receives by this slot: whether all that is written before `lsn` is kept. */
export async function hasReceived(adminUrl: string, slot: string, lsn: string): Promise<boolean> {
  const [found] = await withClient(adminUrl, undefined, (admin) =>
    select(
      admin,
      receivedRow,
      `select coalesce(r.flush_lsn >= $2::pg_lsn, false) as received from pg_replication_slots s
         join pg_stat_replication r on r.pid = s.active_pid where s.slot_name = $1`,
      [slot, lsn],
    ),
  )
  return found?.received ?? false
}

/** Whether somebody is there to receive by this slot just now: that it can, only what it has received tells. */
export const isReceiving = (adminUrl: string, slot: string): Promise<boolean> => hasReceived(adminUrl, slot, '0/0')

/**
 * Commits a transaction that changes nothing, and tells where WAL stands after it: going back to an instant ends at the first commit after it, and on a server on
 * which nobody works there would be none.
 */
export async function commitNow(adminUrl: string): Promise<string> {
  const [written] = await withClient(adminUrl, undefined, async (admin) => {
    await admin.query(`select pg_logical_emit_message(true, 'restore-desk', '')`)
    return select(admin, z.object({ lsn: z.string() }), 'select pg_current_wal_insert_lsn()::text as lsn')
  })
  if (!written) throw new Error('the server does not tell where its WAL stands')
  return written.lsn
}
