import { basename, resolve } from 'node:path'
import { AdapterRefused, type RestoreRequest } from '../../../port.ts'
import type { FindRepository } from '../repository.ts'
import type { FileEntry } from './file-entry.ts'
import { findFiles, listFiles } from './files-source.ts'
import { findPlaceProblems } from './find-place-problems.ts'
import type { MovingFiles } from './restore-files.ts'
import { findUnsettled } from './settle-moves.ts'
import { unusable } from './walk-tree.ts'

/**
 * The files that go with this restore; null where none do: another scope, a portal without, a snapshot without. Throws `files_unusable` where they could not
 * be put back, and `files_unsettled` where those of an earlier restore still are on their way.
 */
export async function findMovingFiles(
  find: FindRepository,
  { portal, snapshot, scope, giveBackFrom, journalDirectory }: RestoreRequest,
  ownFolders: string[],
  signal: AbortSignal,
): Promise<MovingFiles | null> {
  if (!portal.filesPath || scope !== 'full') return null
  const unsettled = await findUnsettled(portal)
  if (unsettled) throw new AdapterRefused(unsettled)
  const root = resolve(portal.filesPath)
  const source = await findFiles(find, portal, { ...snapshot, filesFrom: snapshot.filesFrom ?? giveBackFrom }, signal)
  if (!source) return null
  const problems = await findPlaceProblems(root, find(), [...ownFolders, journalDirectory])
  if (problems.length > 0) throw unusable(problems.join('; '))
  const name = source.kind === 'entry' ? source.kept.root : basename(root)
  const listing: FileEntry[] = []
  for await (const entry of listFiles(source, signal)) listing.push(entry)
  const neededBytes = listing.reduce((sum, { size }) => sum + size, 0)
  return { root, source, listing, neededBytes, name }
}
