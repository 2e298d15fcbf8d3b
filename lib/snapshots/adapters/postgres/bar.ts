import type pg from 'pg'
import { z } from 'zod'
import type { AdapterRefusal, Outcome } from '../../port.ts'
import { quoteName, select, sqlState, withClient } from './connect.ts'
import { readDatabase } from './marker.ts'

/**
 * A bar is one atomic change of the portal's row in pg_database: connections off, and the portal's own connection limit L kept in the
 * limit as 2,000,000,000 + L (while nobody may connect, the limit has no effect). So a bar is durable from its first instant, needs no
 * second place, survives any kill, and is undone exactly by whoever finds it (S52, S105). No rights beyond ownership are needed.
 */
const limitOffset = 2_000_000_000

/** `spare` are sessions of ours that may stay; they must be gone before a copy or a rename. */
export type BarOptions = { timeoutMs: number; signal: AbortSignal; spare?: readonly number[] }

export type Barred = { sessionsEnded: number; barredMs: () => number; lift: () => Promise<void> }

/** Whether this row of pg_database is barred by us, and the connection limit it had. */
export function barredLimit(row: { allowsConnections: boolean; connectionLimit: number }): number | null {
  return !row.allowsConnections && row.connectionLimit >= limitOffset - 1 ? row.connectionLimit - limitOffset : null
}

/**
 * Runs `use` while nobody can connect to the portal and no session is left in it: bar first, then end sessions, for a client that
 * reconnects at once is faster than any loop. The bar is lifted after success and after failure; after a kill by `liftBars`.
 * Refuses when a prepared transaction is open, or when somebody does not go within `timeoutMs`: named, and the bar lifted.
 */
export async function withBar<T>(
  adminUrl: string,
  admin: pg.Client,
  databaseName: string,
  options: BarOptions,
  use: (barred: Barred) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const prepared = await preparedTransactions(admin, databaseName)
  if (prepared.length > 0) return { ok: false, refusal: { code: 'prepared_transactions', facts: { transactions: prepared } } }
  options.signal.throwIfAborted()
  const began = performance.now()
  let liftedAt: number | null = null
  await putBar(admin, databaseName)
  const lift = async () => {
    if (liftedAt !== null) return
    await liftBarSurely(adminUrl, admin, databaseName)
    liftedAt = performance.now()
  }
  try {
    const ended = await endSessions(admin, databaseName, options)
    if ('refusal' in ended) return { ok: false, refusal: ended.refusal }
    return await use({
      sessionsEnded: ended.count,
      barredMs: () => Math.round((liftedAt ?? performance.now()) - began),
      lift,
    })
  } finally {
    await lift()
  }
}

/** Gives a barred portal its connections and its own limit back. Nothing happens when it is not barred. */
export async function liftBar(admin: pg.Client, databaseName: string): Promise<boolean> {
  const row = await readDatabase(admin, databaseName)
  const limit = row && barredLimit(row)
  if (limit === null) return false
  await admin.query(openStatement(databaseName, limit))
  return true
}

export const openStatement = (databaseName: string, limit: number) =>
  `alter database ${quoteName(databaseName)} with allow_connections true connection limit ${limit}`

async function putBar(admin: pg.Client, databaseName: string): Promise<void> {
  const row = await readDatabase(admin, databaseName)
  if (!row) throw new Error(`database ${databaseName} is not there`)
  if (barredLimit(row) !== null)
    throw new Error(`database ${databaseName} is barred by another operation of ours; recover lifts bars of dead ones`)
  if (!row.allowsConnections) throw new Error(`database ${databaseName} takes no connections: its owner closed it`)
  await admin.query(
    `alter database ${quoteName(databaseName)} with allow_connections false connection limit ${limitOffset + row.connectionLimit}`,
  )
}

/** If our own connection died meanwhile, a fresh one lifts: a portal must not stay shut because of us. */
async function liftBarSurely(adminUrl: string, admin: pg.Client, databaseName: string): Promise<void> {
  try {
    await liftBar(admin, databaseName)
  } catch {
    await withClient(adminUrl, undefined, (fresh) => liftBar(fresh, databaseName))
  }
}

const sessionRow = z.object({ pid: z.number(), hasRole: z.boolean(), who: z.string() })

async function endSessions(
  admin: pg.Client,
  databaseName: string,
  options: BarOptions,
): Promise<{ count: number } | { refusal: AdapterRefusal }> {
  const deadline = performance.now() + options.timeoutMs
  const seen = new Set<number>()
  const immune = new Set<number>()
  for (;;) {
    options.signal.throwIfAborted()
    const sessions = (await readSessions(admin, databaseName)).filter(({ pid }) => !options.spare?.includes(pid))
    if (sessions.length === 0) {
      await untilGone(admin, [...seen])
      return { count: seen.size }
    }
    // What has no role is the server's own autovacuum: where we may not end it, a copy or a rename does that by itself.
    if (sessions.every(({ pid, hasRole }) => !hasRole && immune.has(pid))) return { count: seen.size }
    for (const { pid } of sessions) {
      if (immune.has(pid)) continue
      if (await endSession(admin, pid)) seen.add(pid)
      else immune.add(pid)
    }
    if (performance.now() > deadline) {
      return {
        refusal: { code: 'sessions_hold_on', facts: { holders: sessions.map(({ who }) => who), needSuperuser: immune.size > 0 } },
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/**
 * Waits until the server has forgotten these processes. They leave `pg_stat_activity` a moment before they leave the list that a copy or a
 * rename looks at, and whoever is still on that costs it a nap of 100 ms, offline. Cancelling answers false for a process that is not on it.
 */
export async function untilGone(admin: pg.Client, pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 1_000
  while (pids.length > 0 && performance.now() < deadline) {
    const [left] = await select(admin, z.object({ there: z.boolean().nullable() }), stillThere, [pids])
    if (!left?.there) return
  }
}
const stillThere = 'select bool_or(pg_cancel_backend(pid)) as there from unnest($1::int[]) as pid'

/** False when our role may not end it (a superuser's session can only be ended by a superuser). */
async function endSession(admin: pg.Client, pid: number): Promise<boolean> {
  try {
    await admin.query('select pg_terminate_backend($1)', [pid])
    return true
  } catch (error) {
    if (sqlState(error) === '42501') return false
    throw error
  }
}

/** Whoever is in the database, background workers and walsenders included; autovacuum goes by itself and is asked to. */
async function readSessions(admin: pg.Client, databaseName: string): Promise<z.infer<typeof sessionRow>[]> {
  return select(
    admin,
    sessionRow,
    `select pid, usesysid is not null as "hasRole", concat_ws(' ', backend_type, pid, 'user ' || usename, 'application ' || nullif(application_name, ''),
       'from ' || host(client_addr), state) as who
     from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() order by pid`,
    [databaseName],
  )
}

export async function preparedTransactions(admin: pg.Client, databaseName: string): Promise<string[]> {
  const rows = await select(
    admin,
    z.object({ who: z.string() }),
    `select format('%s by %s since %s', gid, owner, prepared) as who from pg_prepared_xacts where database = $1 order by prepared`,
    [databaseName],
  )
  return rows.map(({ who }) => who)
}
