import { readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerUser } from '#db/embedded-place.ts'
import { startChild, stopChild } from '#db/processes.ts'
import { runProgram } from '../../../restic/run-program.ts'
import type { Base } from './bases.ts'
import { makeOwn } from './own-directory.ts'
import type { MomentPrograms } from './programs.ts'
import type { WatchedServer } from './watched-server.ts'

type Going = {
  base: Base
  at: string
  walDirectory: string
  programs: MomentPrograms
  user: ServerUser
  server: WatchedServer
  /** Told whenever it has come further. */
  tell: (doing: string) => Promise<void>
}

/** WAL ends before the instant: it cannot be gone to, or not yet. */
export class EndedBefore extends Error {
  override name = 'EndedBefore'
}

/**
 * A server on a copy of the base, brought to the last commit before `at` and left there, while `use` runs. It is reached by nobody but the owner of its socket's
 * directory (mode 700, no TCP), archives nothing, subscribes to nothing, runs nobody's jobs, and is gone afterwards, however this ends.
 */
export async function withServerAt<T>(
  directory: string,
  going: Going,
  signal: AbortSignal,
  use: (superUrl: string) => Promise<T>,
): Promise<T> {
  // Short, for the path of a socket has 107 bytes at most.
  const home = join(directory, crypto.randomUUID().slice(0, 8))
  await makeOwn(home, going.user)
  try {
    const { stop } = await start(home, going, signal)
    try {
      const { superuser } = going.server
      return await use(`postgres://${encodeURIComponent(superuser)}@localhost:5432/postgres?host=${encodeURIComponent(home)}`)
    } finally {
      await stop()
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** How much it takes on the disk, and how much there is. */
export async function scratchSpace(directory: string, { bytes }: Base): Promise<{ neededBytes: number; freeBytes: number }> {
  const { bavail, bsize } = await statfs(directory)
  return { neededBytes: bytes, freeBytes: bavail * bsize }
}

/** Ends and removes what a kill left. */
export async function removeLeftServers(directory: string, { control }: MomentPrograms, user: ServerUser): Promise<void> {
  for (const name of await readdir(directory)) {
    const home = join(directory, name)
    // It says no where none runs, which is what is wanted.
    await runProgram(control, ['stop', `--pgdata=${join(home, 'data')}`, '--mode=immediate', '--wait'], { env: {}, user })
    await rm(home, { recursive: true, force: true })
  }
}

async function start(home: string, going: Going, signal: AbortSignal): Promise<{ stop: () => Promise<void> }> {
  const { base, programs, user, tell } = going
  const data = join(home, 'data')
  await tell('copying the base')
  const copied = await runProgram('/bin/cp', ['-Rp', base.data, data], { env: {}, user, signal })
  if (copied.code !== 0) throw new Error(`the base cannot be copied: ${copied.said.trim().slice(-600)}`)
  await configure(data, home, going)
  await tell('reading what was written since')
  const child = startChild(programs.server, ['-D', data], {
    ...user,
    cwd: '/',
    env: { NODE_ENV: 'production', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stop = () => stopChild(child, 'SIGQUIT', 10_000)
  const onAbort = () => void stop()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const there = Promise.withResolvers<void>()
    // Told below, also when it comes before anybody waits.
    there.promise.catch(() => undefined)
    let log = ''
    let telling = Promise.resolve()
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-8_000)
      const [segment] = /restored log file "[0-9A-F]+"/.exec(chunk.toString()) ?? []
      if (segment !== undefined) {
        telling = telling.then(() => tell(segment))
        telling.catch(there.reject)
      }
      if (log.includes('database system is ready to accept connections')) there.resolve()
    })
    child.once('error', there.reject)
    child.once('close', () => there.reject(whyEnded(log)))
    if (signal.aborted) onAbort()
    await there.promise
    await telling
    return { stop }
  } catch (cause) {
    await stop()
    signal.throwIfAborted()
    throw cause
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function whyEnded(log: string): Error {
  const told = log.trim().slice(-600)
  return log.includes('recovery ended before configured recovery target was reached')
    ? new EndedBefore(told)
    : new Error(`the scratch server did not come to the moment: ${told}`)
}

/** Nothing of the server's own configuration is taken over: it could archive, listen, load libraries and start their workers. */
async function configure(data: string, home: string, { at, walDirectory, server }: Going): Promise<void> {
  const settings: Record<string, string> = {
    listen_addresses: '',
    // A list, of which commas would make several.
    unix_socket_directories: `"${home.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: '5432',
    restore_command: restoreCommand(walDirectory),
    // Read before the server knows any abbreviation of a zone.
    recovery_target_time: at.replace(/Z$/, '+00'),
    recovery_target_inclusive: 'off',
    recovery_target_action: 'promote',
    recovery_target_timeline: 'current',
    // Nobody looks before it is there, so it needs no room like the other server's.
    hot_standby: 'off',
    archive_mode: 'off',
    autovacuum: 'off',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    max_prepared_transactions: String(server.maxPreparedTransactions),
    max_connections: '20',
    max_locks_per_transaction: '1024',
    shared_buffers: '64MB',
    // It is thrown away whatever happens.
    fsync: 'off',
    full_page_writes: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
    lc_messages: 'C',
    ...(server.version >= 170_000 ? { event_triggers: 'off' } : {}),
  }
  const quoted = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}`)
  const write = async (name: string, text: string) => {
    const path = join(data, name)
    await rm(path, { force: true })
    await writeFile(path, text, { mode: 0o644 })
  }
  await write('postgresql.conf', `${lines.join('\n')}\n`)
  await write('postgresql.auto.conf', '')
  await write('pg_hba.conf', 'local all all trust\n')
  await write('pg_ident.conf', '')
  await rm(join(data, 'standby.signal'), { force: true })
  await write('recovery.signal', '')
}

/** The one that is being received may be finished between two looks. */
function restoreCommand(walDirectory: string): string {
  const shell = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`
  const directory = shell(walDirectory).replaceAll('%', '%%')
  const copy = (suffix: string) => `cp ${directory}/%f${suffix} "%p" 2>/dev/null`
  return `${copy('')} || ${copy('.partial')} || ${copy('')}`
}
