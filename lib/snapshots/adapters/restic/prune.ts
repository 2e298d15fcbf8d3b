import type { PortalRef, SnapshotRef } from '../../port.ts'
import { prune as pruneOnServer } from '../postgres/prune.ts'
import { entriesOf, readArchives } from './archives.ts'
import { askRestic } from './ask-restic.ts'
import { forgetKeptTrees } from './files/settle-moves.ts'
import type { FindRepository, Repository } from './repository.ts'

/**
 * Removes the archive, its record, its files and what interrupted captures of the same snapshot left, and then every piece that no other entry of the repository
 * needs: nothing of it can be read afterwards. Only entries that bear our tags and this portal's id are named to restic.
 */
export function pruneWith(find: FindRepository) {
  return async (portal: PortalRef, snapshot: SnapshotRef): Promise<void> => {
    await pruneOnServer(portal, snapshot)
    await forgetKeptTrees(portal)
    const repository = find()
    if (!repository) return
    const { finished, halfMade } = await readArchives(repository, portal)
    const archives = finished.filter(({ databaseName }) => databaseName === snapshot.databaseName)
    const rest = halfMade.filter(({ name }) => name === snapshot.databaseName)
    await forget(repository, [...archives.flatMap(entriesOf), ...rest.map(({ id }) => id)])
  }
}

/** The record comes first: an archive that is half forgotten is none (S107). Pieces are given back at once, whatever is written anew for it. */
export async function forget(repository: Repository, ids: string[], signal?: AbortSignal): Promise<void> {
  if (ids.length === 0) return
  await askRestic(repository, ['forget', '--prune', '--max-unused', '0', ...ids], { signal })
}
