import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Repository } from '../repository.ts'

/** An empty local repository of its own, or nothing yet at another address; its password and its cache are beside it, all of it in a folder in `within`. */
export function makeRepository(
  change: Partial<Repository> = {},
  within = tmpdir(),
): Repository & { home: string; drop: () => void } {
  const home = mkdtempSync(join(within, 'restore-desk-restic-'))
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, 'correct horse\n', { mode: 0o600 })
  const { environment = {}, ...rest } = change
  const repository = {
    address: join(home, 'repository'),
    passwordFile,
    sftpCommand: null,
    patienceMs: 120_000,
    ...rest,
    environment: { PATH: process.env.PATH ?? '', HOME: home, RESTIC_CACHE_DIR: join(home, 'cache'), ...environment },
  }
  if (change.address === undefined) writeEmptyRepository(repository.address)
  return { ...repository, home, drop: () => rmSync(home, { recursive: true, force: true }) }
}

export function initialise(repository: Repository): void {
  const made = restic(repository, 'init')
  if (made.status !== 0) throw new Error(`restic init: ${made.error?.message ?? made.stderr}`)
}

/**
 * What `restic init` and `restic key add` left under that password on a machine that was too busy for more than restic's least scrypt. One made here
 * would cost each of a test's many calls up to half a second, as much as this machine is quick.
 */
const config =
  'l+7hTcmmnGhPa2vI2S2q1R3DSvy/MugGMZ/Z9XOOQVa/0OalCKeOh9XKCQbfMGbjGilQar0+uK4GYtjIh7N3yV5EJQr3LcvZ36gl' +
  'hk8S4EBwNU9S75WWh1RftSR3KkbBC2o4uc/lpJjuN6InYbFlFX6FKk+wCdhQdVIkW5Y18RZ8iAJ9ZnkzyMeuuTgsOHlrlFgmFKQL' +
  '/SjxOBU='
const key = `{"created":"2026-11-27T04:03:48.483766839Z","username":"test","hostname":"test","kdf":"scrypt","N":16384,"r":8,"p":1,"salt":"EkUy6NVhjxA1rl2U+lxUhC65KTEXrI6B4jyLyz048VT4LO/1faDJLLjBd2Bo3ifrsxiKQvhJLUJqf9FsMoVqcg==","data":"JR6hpve5Ls+jiQ8tSV3rUwZ/EJW3vbF+qUB1CtcZj+zV28G/RZRJLyZLzMK55I77eIiU18WkhGA2iq5yILvIKX/XcLw6+z3tycsylDp8q2szqxoxS0tku9oRULNC37dcNrZpL78DBzRn0v3GO7Ump2gJd77dv+FZOQ+QOfqMCmff9yzVZ3ub8JJLuAupltp6lwBVPn2JSGnAVb2f4kj5/Q=="}`

/** The files of an empty repository, by name. */
export const emptyRepository: Readonly<Record<string, string | Buffer>> = {
  config: Buffer.from(config, 'base64'),
  [`keys/${createHash('sha256').update(key).digest('hex')}`]: key,
}

function writeEmptyRepository(address: string): void {
  for (const folder of ['data', 'index', 'keys', 'locks', 'snapshots']) mkdirSync(join(address, folder), { recursive: true })
  for (const [name, content] of Object.entries(emptyRepository)) writeFileSync(join(address, name), content)
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

export function packsOf({ address }: Repository): string[] {
  return readdirSync(join(address, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

export function largestPack(repository: Repository): string {
  return packsOf(repository).sort((a, b) => statSync(b).size - statSync(a).size)[0] ?? ''
}

export function flipByte(path: string): void {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
  chmodSync(path, 0o600)
  writeFileSync(path, bytes)
}
