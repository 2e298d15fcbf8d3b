// `pg` here and nowhere else: postgres.js 3.4.9 loses a server error that follows CopyDone and waits for ever with the tables locked, and leaves
// the socket paused after a COPY OUT that met back-pressure. pg with pg-copy-streams does neither: copy.test.ts holds it to that.
import { Client, type QueryResultRow } from 'pg'
import { connectionConfig } from './connection-config.ts'

/** One pinned connection to one database. Not safe for two queries at a time: open a sibling for that. */
export type Side = {
  readonly client: Client
  readonly options: SideOptions
  readonly database: string
  readonly databaseOid: number
  /** `180004` for 18.4. */
  readonly versionNum: number
  readonly backendPid: number
  /** As `pg_stat_activity` tells it: together with the pid the name of this backend for ever. */
  readonly backendStart: string
  /** What the database itself says, before pinning: generated columns and CHECKs of the portal may count on it. */
  readonly searchPath: string
  readonly isSuperuser: boolean
}

export type SideOptions = {
  readonly connectionString: string
  readonly applicationName: string
  /**
   * Silences foreign keys, triggers and rules for what this connection writes (`session_replication_role=replica`); needs superuser or
   * `GRANT SET ON PARAMETER session_replication_role`. Only for a connection that writes.
   */
  readonly replica?: boolean
  readonly connectTimeoutMs?: number
}

/** No timeout that a database or role has set ends or hurries a connection of ours: each has its own reason to wait. For the start of a connection. */
export const patient = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
} as const

/** The one that servers before 17 do not know, and that would keep them from taking a connection. */
export const endless = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'`

// What could change what a value looks like, or who sees it, is pinned before the first query, whatever the database or role has set.
const pins = {
  ...patient,
  row_security: 'off',
  search_path: 'pg_catalog',
  DateStyle: 'ISO,YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  jit: 'off',
  // A backend whose client was killed ends at its next breath, not at the end of its query; a silent network is noticed in half a minute.
  client_connection_check_interval: '1000',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '4',
} as const

/** Opens a pinned connection. Throws what the server or the network says. */
export async function openSide(options: SideOptions): Promise<Side> {
  const wanted = options.replica ? { ...pins, session_replication_role: 'replica' } : pins
  const client = new Client({
    ...connectionConfig(options.connectionString),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    options: Object.entries(wanted)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  })
  // A connection that dies between two queries reports it here; the next query fails with the reason, so nothing is lost.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await describeSide(client, options)
  } catch (error) {
    await client.end()
    throw error
  }
}

/** Another connection to the same database. */
export function openSibling(side: Side, change: Partial<SideOptions> = {}): Promise<Side> {
  return openSide({ ...side.options, ...change })
}

export async function closeSide(side: Side): Promise<void> {
  await side.client.end()
}

/** Enough of a side to ask the server something that no pin changes. */
export type Asked = Pick<Side, 'client'>

/** Runs one statement and gives its rows. Columns arrive as pg parses them: int8 and numeric as text. */
export async function rows<R extends QueryResultRow>(side: Asked, sql: string, values: readonly unknown[] = []): Promise<R[]> {
  const result = values.length > 0 ? await side.client.query<R>(sql, [...values]) : await side.client.query<R>(sql)
  return result.rows
}

/** The one row that a query must give. */
export async function one<R extends QueryResultRow>(side: Asked, sql: string, values: readonly unknown[] = []): Promise<R> {
  const [first] = await rows<R>(side, sql, values)
  if (first === undefined) throw new Error(`No row from: ${sql.slice(0, 200)}`)
  return first
}

/** Runs a statement for its effect and gives the number of rows that its tag names. */
export async function run(side: Side, sql: string): Promise<number> {
  const result = await side.client.query(sql)
  return result.rowCount ?? 0
}

/**
 * Runs `work` with each side frozen at one instant (REPEATABLE READ, READ ONLY), so that several reads agree with each other and places
 * stay true. Sides that are already in a transaction join in as they are.
 */
export async function atOneMoment<T>(sides: readonly Side[], work: () => Promise<T>): Promise<T> {
  const begun: Side[] = []
  try {
    for (const side of sides) {
      if (await inTransaction(side)) continue
      begun.push(side)
      await run(side, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY NOT DEFERRABLE')
      // A transaction's snapshot is taken by its first query, not by BEGIN.
      await rows(side, 'SELECT pg_current_snapshot()')
    }
    return await work()
  } finally {
    for (const side of begun) await rollBackQuietly(side)
  }
}

/** Ends whatever transaction is open; a connection that is gone has none. */
export async function rollBackQuietly(side: Side): Promise<void> {
  try {
    await run(side, 'ROLLBACK')
  } catch (error) {
    if (!isConnectionLoss(error)) throw error
  }
}

/** Whether the error means that the server or the way to it went, so that nothing is known of the last statement. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlState(error)
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) return code.startsWith('08') || code.startsWith('57P') || code === '25P03'
  return (
    /Connection terminated|not queryable|Client was closed|timeout expired/.test(error.message) ||
    (code !== undefined && /^E[A-Z]+$/.test(code))
  )
}

/** SQLSTATE, or the system's code of a network error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

async function describeSide(client: Client, options: SideOptions): Promise<Side> {
  const told = await client.query<{
    database: string
    oid: string
    version: number
    pid: number
    started: string
    super: boolean
  }>(
    `SELECT current_database() AS database, (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS oid,
       current_setting('server_version_num')::int AS version, pg_backend_pid() AS pid,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super,
       (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started`,
  )
  const me = told.rows[0]
  if (me === undefined) throw new Error('The server did not say which database this is')
  await client.query(endless)
  return {
    client,
    options,
    database: me.database,
    databaseOid: Number(me.oid),
    versionNum: me.version,
    backendPid: me.pid,
    backendStart: me.started,
    searchPath: await searchPathOfDatabase(client),
    isSuperuser: me.super,
  }
}

// The pin hides what the database or the role would set, so it is asked of the catalogue, most particular first.
async function searchPathOfDatabase(client: Client): Promise<string> {
  const found = await client.query<{ path: string }>(
    `SELECT substr(setting, length('search_path=') + 1) AS path
     FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS setting
     WHERE setting LIKE 'search\\_path=%' AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
       AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
     ORDER BY s.setdatabase = 0, s.setrole = 0 LIMIT 1`,
  )
  if (found.rows[0] !== undefined) return found.rows[0].path
  const general = await client.query<{ path: string }>(`SELECT boot_val AS path FROM pg_settings WHERE name = 'search_path'`)
  return general.rows[0]?.path ?? '"$user", public'
}

async function inTransaction(side: Side): Promise<boolean> {
  const told = await one<{ open: boolean }>(side, 'SELECT now() <> statement_timestamp() AS open')
  return told.open
}
