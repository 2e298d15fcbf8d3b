import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { AdapterRefusal } from '../../port.ts'
import { runProgram } from './run-program.ts'

/** PostgreSQL's own programs of one version, both in one directory. */
export type Programs = { dump: string; restore: string; version: string }
type Found = { ok: true; programs: Programs } | { ok: false; refusal: AdapterRefusal }

/**
 * The oldest release of each version whose pg_dump and pg_restore are not known to be turned against whoever runs them: CVE-2024-7348 (a pg_dump
 * that runs somebody else's code) and CVE-2025-8714, CVE-2025-8715 (a dump that runs code where it is loaded).
 */
const firstSafe: Readonly<Record<number, number>> = { 15: 14, 16: 10, 17: 6, 18: 0 }

/**
 * Programs that dump this server and load into it again: of its own version, for what a newer pg_dump writes an older server need not understand
 * (17's begins with a setting that 16 refuses). Never a release with a known hole (S120).
 */
export async function findPrograms(serverVersion: number, directories = usualDirectories()): Promise<Found> {
  const wanted = Math.floor(serverVersion / 10_000)
  const seen: string[] = []
  for (const directory of directories) {
    const programs = await readPrograms(directory)
    const release = programs && releaseOf(programs.version)
    if (!programs || !release) continue
    seen.push(`${programs.version} in ${directory}`)
    if (release.major === wanted && isSafe(release)) return { ok: true, programs }
  }
  const safeFrom = firstSafe[wanted] ?? 0
  return {
    ok: false,
    refusal: {
      code: 'programs_missing',
      facts: {
        needed: `pg_dump and pg_restore ${wanted}.${safeFrom} or a later ${wanted}`,
        seen,
        how: `install the package postgresql-client-${wanted}, or put their directory on the PATH`,
      },
    },
  }
}

/** restic of a version with the second format of repositories (compression); null when there is none. */
export async function resticVersion(env: Readonly<Record<string, string>>): Promise<string | null> {
  const { code, out } = await runProgram('restic', ['version'], { env: { ...env } })
  const [, major, minor] = /^restic (\d+)\.(\d+)/.exec(out) ?? []
  if (code !== 0 || major === undefined || minor === undefined) return null
  return Number(major) > 0 || Number(minor) >= 14 ? `${major}.${minor}` : null
}

function isSafe({ major, minor }: { major: number; minor: number }): boolean {
  const first = firstSafe[major]
  return first === undefined ? major > 18 : minor >= first
}

async function readPrograms(directory: string): Promise<Programs | null> {
  const dump = join(directory, 'pg_dump')
  const restore = join(directory, 'pg_restore')
  if (!existsSync(dump) || !existsSync(restore)) return null
  // Debian's wrapper picks a version by its own rules, which are not ours.
  if (basename(realpathSync(dump)) === 'pg_wrapper') return null
  const versions = await Promise.all([dump, restore].map(readVersion))
  const [version] = versions
  return version && versions.every((other) => other === version) ? { dump, restore, version } : null
}

async function readVersion(path: string): Promise<string | null> {
  const { code, out } = await runProgram(path, ['--version'], { env: {} })
  return code === 0 ? (/\(PostgreSQL\) (\d+\.\d+)/.exec(out)?.[1] ?? null) : null
}

function releaseOf(version: string): { major: number; minor: number } | null {
  const [major, minor] = version.split('.').map(Number)
  return major === undefined || minor === undefined ? null : { major, minor }
}

function usualDirectories(): string[] {
  const packages = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
    .filter((root) => existsSync(root))
    .flatMap((root) => readdirSync(root).map((name) => join(root, name, 'bin')))
  const redHat = existsSync('/usr') ? readdirSync('/usr').filter((name) => name.startsWith('pgsql-')) : []
  const path = (process.env.PATH ?? '').split(':').filter((directory) => directory !== '')
  return [...new Set([...packages, ...redHat.map((name) => join('/usr', name, 'bin')), ...path])]
}
