import type { Recovered, RecoverRequest } from '../../port.ts'
import { withClient } from '../postgres/connect.ts'
import { recover as recoverOnServer } from '../postgres/recover.ts'
import { ifIdle } from '../postgres/work-lock.ts'
import { foundOf, readArchives } from './archives.ts'
import { settleMoves } from './files/settle-moves.ts'
import { clearDeadLocks } from './locks.ts'
import { RepositoryProblem } from './problem.ts'
import { forget } from './prune.ts'
import type { FindRepository, Repository } from './repository.ts'

/**
 * As on the server, where scratch databases of dead calls go; then moves of files, dead locks and archives without a record. A repository that is down stops
 * nothing.
 */
export function recoverWith(find: FindRepository) {
  return async (request: RecoverRequest): Promise<Recovered> => {
    const recovered = await recoverOnServer(request)
    // What an earlier call had open in the portal is ended by now, so that what became of its rows is known.
    await settleMoves(request.portal, recovered)
    const repository = find()
    if (!repository) return recovered
    try {
      await recoverArchives(repository, request, recovered)
    } catch (error) {
      if (!(error instanceof RepositoryProblem)) throw error
      recovered.notes.push(`the repository was left as it is: ${error.message}`)
    }
    return recovered
  }
}

async function recoverArchives(
  repository: Repository,
  { portal, keep, busy }: RecoverRequest,
  recovered: Recovered,
): Promise<void> {
  if (await clearDeadLocks(repository)) recovered.notes.push('took away a lock of a process that is gone')
  const { finished, halfMade } = await readArchives(repository, portal)
  const dead: typeof halfMade = []
  await withClient(portal.adminUrl, undefined, async (admin) => {
    for (const entry of halfMade) {
      if (busy.includes(entry.name)) continue
      if (await ifIdle(admin, entry.name, async () => true)) dead.push(entry)
    }
  })
  await forget(
    repository,
    dead.map(({ id }) => id),
  )
  recovered.removed.push(...dead.map(({ name }) => ({ databaseName: name, why: 'its making was interrupted' })))
  const kept = new Set([...keep.map(({ databaseName }) => databaseName), ...busy])
  const unclaimed = finished.filter(({ databaseName }) => !kept.has(databaseName))
  recovered.unclaimed.push(...unclaimed.map(foundOf))
}
