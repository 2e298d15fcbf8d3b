import { type ChildProcess, spawnSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import postgres from 'postgres'
import { CannotStart, findPlace, type Place, sharedHomeOf } from './embedded-place.ts'
import { hasEnded, startChild, stopChild } from './processes.ts'

export type Embedded = {
  /** The owner's address: `postgres://postgres:…@127.0.0.1:port/postgres`. */
  url: string
  child: ChildProcess
  /** Folder that holds cluster and password: `dataDir`, or a place below /var/lib when the server's user cannot reach it. */
  home: string
  /** True when this start made the cluster. */
  isNew: boolean
  startMs: number
  /** Ends open transactions, writes everything down, and waits for the process to be gone. */
  stop: () => Promise<void>
}

type Options = {
  /** Free space demanded before a new cluster is made. */
  neededBytes?: number
  /** Server settings beyond the usual ones, by name. */
  settings?: Record<string, string>
}

const STOP_GRACE_MS = 15_000
const PORT_ATTEMPTS = 5

/** Summaries and checksummed copies make the difference cheap; durability stays as a production server has it. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  summarize_wal: 'on',
  max_connections: '300',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  // A restore of hundreds of tables, and a template copy, hold many locks at once.
  max_locks_per_transaction: '256',
}

/**
 * Starts the embedded PostgreSQL 18 whose cluster belongs to `dataDir`, making it on first use.
 * Throws `CannotStart` with plain words when the machine does not allow it.
 */
export async function startEmbedded(dataDir: string, options: Options = {}): Promise<Embedded> {
  const began = performance.now()
  const place = findPlace(resolve(dataDir))
  const cluster = join(place.home, 'pg')
  const password = keptPassword(place.home)
  const isNew = !existsSync(join(cluster, 'PG_VERSION'))
  if (isNew) makeCluster(place, cluster, password, options.neededBytes ?? 200 * 2 ** 20)
  refuseOtherMajor(cluster, place.major)
  const { child, port } = await startServer(place, cluster, { ...SETTINGS, ...options.settings })
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  await prepareServer(url)
  return {
    url,
    child,
    home: place.home,
    isNew,
    startMs: Math.round(performance.now() - began),
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    stop: () => stopChild(child, 'SIGINT', STOP_GRACE_MS),
  }
}

/** The log can be read, so that a restore knows what was written since its comparison (lib/difference/wal-tail.ts). */
async function prepareServer(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await sql`create extension if not exists pg_walinspect`
  } finally {
    await sql.end()
  }
}

/** Deletes the cluster of `dataDir` and its password, wherever they lie. */
export function deleteCluster(dataDir: string): void {
  const path = resolve(dataDir)
  for (const home of [path, sharedHomeOf(path)]) {
    refuseRunning(join(home, 'pg'))
    for (const name of ['pg', 'pg.new', 'pg-password']) rmSync(join(home, name), { recursive: true, force: true })
  }
  rmSync(sharedHomeOf(path), { recursive: true, force: true })
}

/** Beside the cluster it opens: were it in a folder deleted on its own, it would lock the data out. */
function keptPassword(home: string): string {
  const path = join(home, 'pg-password')
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}

/** Made aside and renamed, so that an interrupted first start leaves no half cluster. */
function makeCluster(place: Place, cluster: string, password: string, neededBytes: number): void {
  refuseFullDisk(place.home, neededBytes)
  const half = `${cluster}.new`
  const passwordFile = join(place.home, 'pg-password.new')
  rmSync(half, { recursive: true, force: true })
  mkdirSync(half, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (place.user.uid !== undefined && place.user.gid !== undefined) {
    for (const path of [half, passwordFile]) chownSync(path, place.user.uid, place.user.gid)
  }
  const flags = ['-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync']
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const initdb = join(place.programs, 'bin/initdb')
  const done = spawnSync(initdb, ['-D', half, ...flags, ...locale], {
    ...place.user,
    cwd: '/',
    env: serverEnv(),
    encoding: 'utf8',
  })
  rmSync(passwordFile)
  if (done.status !== 0) {
    throw new CannotStart(`PostgreSQL could not make its data directory ${half}: ${done.error?.message ?? done.stderr.trim()}`)
  }
  renameSync(half, cluster)
}

function refuseFullDisk(home: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(home)
  if (bavail * bsize >= neededBytes) return
  throw new CannotStart(
    `Not enough disk space for the database in ${home}: ${inMegabytes(neededBytes)} are needed, ${inMegabytes(bavail * bsize)} are free. Free some, or name another folder in DATA_DIR.`,
  )
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`
}

function refuseOtherMajor(cluster: string, major: string): void {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  if (found === major) return
  throw new CannotStart(
    `The data in ${cluster} was written by PostgreSQL ${found}, and this is PostgreSQL ${major}, which cannot read it. Start over with npm run demo -- --reset, or name another folder in DATA_DIR.`,
  )
}

/** A second server on the same files would destroy them; PostgreSQL refuses that too, in words few people know. */
function refuseRunning(cluster: string): void {
  const pidFile = join(cluster, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return
  throw new CannotStart(
    `The database in ${cluster} is running already (process ${pid}). Stop the other one first (Ctrl-C there).`,
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

async function startServer(
  place: Place,
  cluster: string,
  settings: Record<string, string>,
): Promise<{ child: ChildProcess; port: number }> {
  refuseRunning(cluster)
  const portFile = join(place.home, 'pg-port')
  // The same port as last time where it is free, so that addresses people noted stay right.
  let wanted = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(wanted)
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = startChild(join(place.programs, 'bin/postgres'), ['-D', cluster, '-p', String(port), ...args], {
      ...place.user,
      cwd: '/',
      env: serverEnv(),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const failure = await readiness(child)
    if (failure === null) {
      writeFileSync(portFile, String(port))
      return { child, port }
    }
    wanted = 0
    if (!failure.includes('could not bind') || attempt === PORT_ATTEMPTS) throw new CannotStart(inPlainWords(failure, place.home))
  }
}

/** Null once connections are accepted, else what the server said before it ended. Goes on draining its log, lest the pipe fill up. */
async function readiness(child: ChildProcess): Promise<string | null> {
  let log = ''
  return new Promise((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log = `${log}${chunk}`.slice(-4000)
      if (log.includes('ready to accept connections')) resolve(null)
    })
    child.once('exit', () => resolve(log))
    child.once('error', (error) => resolve(error.message))
  })
}

function inPlainWords(failure: string, home: string): string {
  if (failure.includes('No space left on device'))
    return `The disk that holds ${home} is full, so PostgreSQL cannot start. Free some space and start again.`
  return `PostgreSQL did not start. Its last words:\n${failure.trim()}`
}

// Below the ports that systems give to outgoing connections: one of those could sit on ours while the server is down.
const OWN_PORTS = { from: 20_000, to: 32_768 }
const PORT_PROBES = 50

/** `wanted` when it is free, else (also for 0) any free port of our range. */
async function freePort(wanted: number): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted
  for (let probe = 0; probe < PORT_PROBES; probe += 1) {
    const port = randomInt(OWN_PORTS.from, OWN_PORTS.to)
    if (await isFree(port)) return port
  }
  throw new CannotStart(`No port between ${OWN_PORTS.from} and ${OWN_PORTS.to} is free for PostgreSQL. Stop what uses them.`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (listening) await new Promise((resolve) => server.close(resolve))
  return listening
}

function serverEnv(): NodeJS.ProcessEnv {
  return { NODE_ENV: 'production', PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
}

/** False once the server has gone, by itself or by ours. */
export function isRunning(embedded: Embedded): boolean {
  return !hasEnded(embedded.child)
}
