import type { FoundSnapshot, PortalRef } from '../../port.ts'
import { list as listOnServer } from '../postgres/list.ts'
import { foundOf, readArchives } from './archives.ts'
import type { FindRepository } from './repository.ts'

/**
 * Finished archives of the portal and, on its server, safety copies; oldest first. `bytes` of an archive are those of pg_dump and of the files, before equal
 * pieces are shared.
 */
export function listWith(find: FindRepository) {
  return async (portal: PortalRef): Promise<FoundSnapshot[]> => {
    const repository = find()
    const archives = repository ? (await readArchives(repository, portal)).finished : []
    const found = archives.map(foundOf)
    return [...found, ...(await listOnServer(portal))].sort((a, b) => a.completedAt.localeCompare(b.completedAt))
  }
}
