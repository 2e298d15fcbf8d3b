import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findPrograms, type Programs } from '../../../restic/programs.ts'

/** PostgreSQL's own programs of the server's version, those that come with the server among them; all in one directory. */
export type MomentPrograms = Programs & { baseBackup: string; receiveWal: string; server: string; control: string }

/** What keeps moments and goes back to them, or in words what is missing. `serverVersion` is the server's `server_version_num`. */
export async function findMomentPrograms(
  serverVersion: number,
  directories?: string[],
): Promise<{ ok: true; programs: MomentPrograms } | { ok: false; because: string }> {
  const found = await findPrograms(serverVersion, directories)
  if (!found.ok) {
    const { needed, how } = found.refusal.facts
    return { ok: false, because: `${String(needed)} are not here: ${String(how)}` }
  }
  const at = (name: string) => join(dirname(found.programs.dump), name)
  const programs = {
    ...found.programs,
    baseBackup: at('pg_basebackup'),
    receiveWal: at('pg_receivewal'),
    server: at('postgres'),
    control: at('pg_ctl'),
  }
  const missing = [programs.baseBackup, programs.receiveWal, programs.server, programs.control].filter(
    (path) => !existsSync(path),
  )
  if (missing.length === 0) return { ok: true, programs }
  const major = Math.floor(serverVersion / 10_000)
  return { ok: false, because: `${missing.join(', ')} are not here: install the package postgresql-${major}` }
}
