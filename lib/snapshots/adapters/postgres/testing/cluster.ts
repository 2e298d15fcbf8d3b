import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild, stopChild } from '#db/processes.ts'

/**
 * A throw-away cluster of the programs in that folder, with what some scenarios need switched on: prepared transactions and logical decoding. `url` is
 * a superuser's.
 */
export async function startCluster(programs: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'restore-desk-server-'))
  const user = serverUser()
  if (user.uid !== undefined && user.gid !== undefined) chownSync(home, user.uid, user.gid)
  const cluster = join(home, 'pg')
  mkdirSync(cluster, { mode: 0o700 })
  if (user.uid !== undefined && user.gid !== undefined) chownSync(cluster, user.uid, user.gid)
  const env = { NODE_ENV: 'test' as const, PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' }
  const flags = ['-D', cluster, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
  const made = spawnSync(join(programs, 'initdb'), flags, { ...user, cwd: '/', env, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`)
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_prepared_transactions: '8',
    wal_level: 'logical',
    shared_buffers: '64MB',
    max_connections: '100',
    fsync: 'off',
  }
  const child = startChild(
    join(programs, 'postgres'),
    ['-D', cluster, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...user, cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await new Promise<void>((resolve, reject) => {
    let log = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk).slice(-4000)
      if (log.includes('ready to accept connections')) resolve()
    })
    child.once('exit', () => reject(new Error(log)))
  })
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await stopChild(child, 'SIGINT', 15_000)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root, and so do we for other servers of a test. */
export function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout))
  if (!uid || !gid) throw new Error("Debian's PostgreSQL comes with a user postgres, who is not here")
  return { uid, gid }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
