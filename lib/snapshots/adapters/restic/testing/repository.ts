import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Repository } from '../repository.ts'

/** An empty local repository of its own, with its password and its cache beside it. */
export function makeRepository(change: Partial<Repository> = {}): Repository & { home: string; drop: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'restore-desk-restic-'))
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, 'correct horse\n', { mode: 0o600 })
  const environment = { PATH: process.env.PATH ?? '', HOME: home, RESTIC_CACHE_DIR: join(home, 'cache') }
  const repository = { address: join(home, 'repository'), passwordFile, sftpCommand: null, environment, ...change }
  const made = restic(repository, 'init')
  if (made.status !== 0) throw new Error(`restic init: ${made.error?.message ?? made.stderr}`)
  return { ...repository, home, drop: () => rmSync(home, { recursive: true, force: true }) }
}

/** The same repository once more, for a test to spoil. */
export function copyOf(repository: Repository): Repository & { home: string } {
  const copy = makeRepository()
  onTestFinished(copy.drop)
  rmSync(copy.address, { recursive: true })
  cpSync(repository.address, copy.address, { recursive: true })
  return copy
}

/** restic as an operator would run it. */
export function restic(repository: Repository, ...args: string[]) {
  return resticWith(repository, '', ...args)
}

export function resticWith(
  { address, passwordFile, sftpCommand, environment }: Repository,
  input: string | Buffer,
  ...args: string[]
) {
  const options = sftpCommand === null ? [] : ['-o', `sftp.command=${sftpCommand}`]
  return spawnSync('restic', [...options, ...args], {
    encoding: 'utf8',
    input,
    env: { NODE_ENV: 'test', ...environment, RESTIC_REPOSITORY: address, RESTIC_PASSWORD_FILE: passwordFile },
  })
}
