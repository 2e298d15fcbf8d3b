import { z } from 'zod'
import type { AdapterRefusalCode, DatabaseIdentity, Health, PortalRef } from '../../port.ts'
import { select, withClient } from '../postgres/connect.ts'
import { health as healthOfServer } from '../postgres/health.ts'
import { askRestic } from './ask-restic.ts'
import { findPlaceProblems } from './files/find-place-problems.ts'
import { clearDeadLocks, readLocks } from './locks.ts'
import { RepositoryProblem } from './problem.ts'
import { findPrograms, resticVersion } from './programs.ts'
import type { FindRepository, Repository } from './repository.ts'

/**
 * All that the postgres adapter asks of the server (the scratch and the safety copy live there), and what archives need beside it: programs, a repository that
 * opens, no lock in the way, every pack there, and a sample of them whole; and a place where the portal's files can be put back. That one snapshot can be
 * restored is what `verify` proves.
 */
export function healthWith(find: FindRepository, ownFolders: () => string[]) {
  return async (portal: PortalRef, desk: DatabaseIdentity | null): Promise<Health> => {
    const report = await healthOfServer(portal, desk)
    if (report.identity) await lookAtOwners(portal, report)
    const programs = await findPrograms(report.serverVersion)
    if (!programs.ok) report.problems.push({ code: programs.refusal.code, words: wordsOf(programs.refusal.facts) })
    const repository = find()
    if (repository) await lookAt(repository, report)
    else report.problems.push({ code: 'repository_unavailable', words: 'RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE are not set' })
    if (portal.filesPath) {
      for (const words of await findPlaceProblems(portal.filesPath, repository, ownFolders()))
        report.problems.push({ code: 'files_unusable', words })
    }
    return { ...report, ok: report.problems.length === 0 }
  }
}

/** What is loaded is given to its owner again, which takes membership in each of them; a file copy needs none of it. */
async function lookAtOwners(portal: PortalRef, report: Health): Promise<void> {
  const owners = await withClient(portal.adminUrl, portal.databaseName, (live) => select(live, ownerRow, ownersQuery))
  for (const { owner, me } of owners) {
    const words = `objects of ${owner} cannot be loaded again without membership: GRANT ${owner} TO ${me}`
    report.problems.push({ code: 'role_lacks_right', words })
  }
}

const ownerRow = z.object({ owner: z.string(), me: z.string() })
const ownersQuery = `select distinct quote_ident(pg_get_userbyid(o.owner)) as owner, quote_ident(current_user) as me from (
    select relowner as owner, relnamespace as place from pg_class where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    union all select proowner, pronamespace from pg_proc
    union all select typowner, typnamespace from pg_type
    union all select nspowner, oid from pg_namespace) o
  join pg_namespace n on n.oid = o.place
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not pg_has_role(o.owner, 'MEMBER')
    and not (n.nspname = 'public' and o.place = n.oid and pg_get_userbyid(o.owner) = 'pg_database_owner')
    and not exists (select from pg_depend d where d.deptype = 'e' and d.objid = o.place)
  order by 1`

async function lookAt(repository: Repository, report: Health): Promise<void> {
  const problem = (code: AdapterRefusalCode, words: string) => report.problems.push({ code, words })
  if ((await resticVersion(repository.environment)) === null) {
    problem('programs_missing', 'restic 0.14 or newer is needed: install the package restic')
    return
  }
  try {
    await askRestic(repository, ['cat', 'config', '--no-lock'])
    await clearDeadLocks(repository)
    const locks = await readLocks(repository)
    if (locks.length === 0) await check(repository)
    for (const { hostname, pid, time, exclusive } of locks) {
      const words = `${exclusive ? 'an exclusive' : 'a'} lock by process ${pid} on ${hostname} since ${time}`
      const old = Date.now() - Date.parse(time) > renewedWithinMs
      // A living restic renews its lock every few minutes. Whether that process is gone cannot be seen from here.
      if (old)
        problem('repository_unavailable', `${words} was not renewed; if that process is gone, remove it with: restic unlock`)
      else report.notes.push(`the repository was not checked: ${words}`)
    }
  } catch (error) {
    if (!(error instanceof RepositoryProblem)) throw error
    problem(error.kind === 'damaged' ? 'contents_differ' : 'repository_unavailable', error.message)
  }
}

const renewedWithinMs = 25 * 60_000

/** Are all packs there that the index names, and does a sample of them, 64 MiB by chance, hold the bytes that its name is the sum of? */
async function check(repository: Repository): Promise<void> {
  await askRestic(repository, ['check'])
  const entries = await askRestic(repository, ['list', 'packs', '--no-lock'])
  if (entries.trim() !== '') await askRestic(repository, ['check', '--read-data-subset=64M'])
}

function wordsOf(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${name}: ${Array.isArray(fact) ? fact.join(', ') : String(fact)}`)
    .join('; ')
}
