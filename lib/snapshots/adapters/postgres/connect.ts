import pg from 'pg'
import { z } from 'zod'
import { connectionConfig } from '#lib/difference/connection-config.ts'
import { endless, patient } from '#lib/difference/side.ts'

/** Shown in `pg_stat_activity`, so that an operator knows who is in a portal. */
export const applicationName = 'restore-desk'

/** Databases that a server has of its own accord: the portal that `adminUrl` names may be barred, renamed or gone while we work on it. */
const maintenanceDatabases = ['postgres', 'template1']

/** There is no such database, or it is not for us: the next one is tried. */
const cannotEnter = new Set(['3D000', '28000', '42501', '55000'])

/** Opens one connection with the role of `adminUrl`: to `databaseName` of the same server, or to one that is nobody's portal. */
export async function connect(
  adminUrl: string,
  databaseName?: string,
  parameters: Record<string, string> = {},
): Promise<pg.Client> {
  if (databaseName !== undefined) return open(urlOf(adminUrl, databaseName), parameters)
  for (const name of maintenanceDatabases) {
    try {
      return await open(urlOf(adminUrl, name), parameters)
    } catch (error) {
      if (!cannotEnter.has(sqlState(error) ?? '')) throw error
    }
  }
  return open(adminUrl, parameters)
}

async function open(url: string, parameters: Record<string, string>): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionConfig(url),
    application_name: applicationName,
    options: startupOptions(parameters),
  })
  // A connection that is ended by the server while nobody is waiting for an answer must not end the process; the next query reports it.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(endless)
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}

/** Connects, hands the client over, and closes it whatever happens. */
export async function withClient<T>(
  adminUrl: string,
  databaseName: string | undefined,
  use: (client: pg.Client) => Promise<T>,
  parameters: Record<string, string> = {},
): Promise<T> {
  const client = await connect(adminUrl, databaseName, parameters)
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** The address of another database of the same server; any name survives (S100). */
export function urlOf(adminUrl: string, databaseName: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${encodeURIComponent(databaseName)}`
  return url.href
}

/** The database that an address names; without one, PostgreSQL takes the user's name for it. */
export function databaseOf(url: string): string {
  const { pathname, username } = new URL(url)
  return decodeURIComponent(pathname.slice(1) || username)
}

/** Rows of a query, parsed: what a database answers comes from outside like everything else. */
export async function select<S extends z.ZodType>(
  client: pg.Client,
  row: S,
  text: string,
  values: unknown[] = [],
): Promise<z.infer<S>[]> {
  const result = await client.query<Record<string, unknown>>(text, values)
  return z.array(row).parse(result.rows)
}

export const quoteName = (name: string) => pg.escapeIdentifier(name)
export const quoteText = (text: string) => pg.escapeLiteral(text)

function startupOptions(parameters: Record<string, string>): string {
  const all = { client_min_messages: 'warning', ...patient, ...parameters }
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}=${value.replace(/([\\ ])/g, '\\$1')}`)
    .join(' ')
}

/** SQLSTATE of an error of the server; null for anything else. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}

/** The server process behind a connection. */
export async function backendPid(client: pg.Client): Promise<number> {
  const [row] = await select(client, z.object({ pid: z.number() }), 'select pg_backend_pid() as pid')
  if (!row) throw new Error('the server did not name its process')
  return row.pid
}
