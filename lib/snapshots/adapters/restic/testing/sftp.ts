import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { startChild, stopChild } from '#db/processes.ts'
import { freePort, serverUser } from '../../postgres/testing/cluster.ts'

const sshd = '/usr/sbin/sshd'

/** An SSH server of this test's own, on the loopback, with keys of its own and one directory to keep things in. It knows no passwords. */
export async function startSftp(): Promise<{ address: (name: string) => string; command: string; stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'restore-desk-sshd-'))
  const user = serverUser()
  const name = user.uid === undefined ? userInfo().username : 'postgres'
  const store = join(home, 'store')
  mkdirSync(store)
  for (const key of ['host', 'user']) {
    const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, key)], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`ssh-keygen: ${made.error?.message ?? made.stderr}`)
  }
  if (user.uid !== undefined && user.gid !== undefined)
    for (const path of [home, store, join(home, 'host')]) chownSync(path, user.uid, user.gid)
  const port = await freePort()
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(home, 'host')}`,
    `AuthorizedKeysFile ${join(home, 'user.pub')}`,
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    'StrictModes no',
    'Subsystem sftp internal-sftp',
  ]
  writeFileSync(join(home, 'config'), `${settings.join('\n')}\n`)
  writeFileSync(join(home, 'known'), `[127.0.0.1]:${port} ${readFileSync(join(home, 'host.pub'), 'utf8')}`)
  const child = startChild(sshd, ['-D', '-e', '-f', join(home, 'config')], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    let log = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Server listening')) resolve()
    })
    child.once('exit', () => reject(new Error(log)))
  })
  return {
    address: (repository) => `sftp:${name}@127.0.0.1:${join(store, repository)}`,
    command: `ssh -p ${port} -i ${join(home, 'user')} -o UserKnownHostsFile=${join(home, 'known')} ${name}@127.0.0.1 -s sftp`,
    stop: async () => {
      await stopChild(child, 'SIGTERM', 5_000)
      rmSync(home, { recursive: true, force: true })
    },
  }
}
