import type pg from 'pg'
import { z } from 'zod'
import type { AdapterRefusal, PortalRef, RestoreRequest } from '../../port.ts'
import { preparedTransactions } from './bar.ts'
import { select } from './connect.ts'
import { databaseBytes, readFreeSpace } from './disk.ts'
import { findMissingCopy } from './find-missing-copy.ts'
import { readDatabase } from './marker.ts'

/** What forbids a swap, found before anything is made: what is missing, what cannot move with a rename, too little space. */
export async function findSwapRefusal(admin: pg.Client, request: RestoreRequest): Promise<AdapterRefusal | null> {
  const { portal, snapshot } = request
  if (!(await readDatabase(admin, portal.databaseName)))
    return { code: 'portal_missing', facts: { databaseName: portal.databaseName } }
  const missing = await findMissingCopy(admin, request)
  if (missing) return missing
  const bound = await findBound(admin, portal)
  if (bound) return bound
  const neededBytes = await databaseBytes(admin, snapshot.databaseName)
  const { freeBytes } = await readFreeSpace(admin, portal.adminUrl)
  return freeBytes !== null && freeBytes < neededBytes ? { code: 'not_enough_disk', facts: { neededBytes, freeBytes } } : null
}

/** What belongs to the database by its oid and would stay with the replaced one (S104). */
export async function findBound(admin: pg.Client, { databaseName }: PortalRef): Promise<AdapterRefusal | null> {
  const prepared = await preparedTransactions(admin, databaseName)
  if (prepared.length > 0) return { code: 'prepared_transactions', facts: { transactions: prepared } }
  const slots = await readNames(
    admin,
    'select slot_name as name from pg_replication_slots where database = $1 order by 1',
    databaseName,
  )
  if (slots.length > 0) return { code: 'replication_slots', facts: { slots } }
  const subscriptions = await readNames(
    admin,
    'select subname as name from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1 order by 1',
    databaseName,
  )
  return subscriptions.length > 0 ? { code: 'subscription_writes', facts: { subscriptions } } : null
}

/** Rows inserted or updated, by table, ever since statistics began; null where the server does not count. */
export type Writes = ReadonlyMap<number, number> | null

/** `live` is connected to the portal. What is written to `untouched` tables is carried over and counts for nothing. */
export async function readWrites(live: pg.Client, untouched: ReadonlySet<number>): Promise<Writes> {
  const [counts] = await select(live, z.object({ on: z.boolean() }), `select current_setting('track_counts')::boolean as on`)
  if (!counts?.on) return null
  const rows = await select(
    live,
    z.object({ oid: z.number(), writes: z.coerce.number() }),
    `select relid as oid, (n_tup_ins + n_tup_upd)::text as writes from pg_stat_user_tables where schemaname !~ '^pg_'`,
  )
  return new Map(rows.filter(({ oid }) => !untouched.has(oid)).map(({ oid, writes }) => [oid, writes]))
}

/**
 * Between the comparison and the bar people may have entered more than was consented to (I4, R11). Sessions report what they wrote when they
 * end, and all have ended: the server's count of rows written since is never less than what would be wiped beyond the comparison.
 */
export function growthUnderWay(
  { consented }: RestoreRequest,
  grownRows: number,
  before: Writes,
  now: Writes,
): AdapterRefusal | null {
  const { toleranceRows } = consented
  if (before === null || now === null) {
    return { code: 'loss_grew', facts: { because: 'the server does not count rows (track_counts is off)', toleranceRows } }
  }
  let rows = grownRows
  for (const [oid, writes] of now) rows += Math.max(0, writes - (before.get(oid) ?? 0))
  return rows > toleranceRows ? { code: 'loss_grew', facts: { rows, toleranceRows } } : null
}

async function readNames(admin: pg.Client, text: string, databaseName: string): Promise<string[]> {
  const rows = await select(admin, z.object({ name: z.string() }), text, [databaseName])
  return rows.map(({ name }) => name)
}
