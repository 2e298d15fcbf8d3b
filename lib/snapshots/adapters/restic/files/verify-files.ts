import type { Manifest, PortalRef, SnapshotRef } from '../../../port.ts'
import { type Archive, type ArchiveRecord, findArchive, readRecord, treeOf } from '../archives.ts'
import { dumpEntry, nowhere } from '../dump-entry.ts'
import { RepositoryProblem } from '../problem.ts'
import type { FindRepository, Repository } from '../repository.ts'

/**
 * What is wrong with a snapshot's files, in words; null where nothing is. The entry must hold the very tree that was recorded, which is the sum of all that is
 * in it, and every piece of every file is read past this machine's cache. A repository that cannot be asked proves nothing: that is thrown.
 */
export async function findFilesProblem(
  find: FindRepository,
  portal: PortalRef,
  snapshot: SnapshotRef,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<string | null> {
  const repository = find()
  const archive = repository && (await findArchive(repository, portal, snapshot.databaseName, signal))
  // Of a copy on the server, whose files are not in the repository, nothing is promised either.
  if (!archive) return manifest.files ? 'the archive is not in the repository' : null
  try {
    return await judge(repository, portal, archive, manifest, signal)
  } catch (error) {
    if (error instanceof RepositoryProblem && error.kind === 'damaged') return `the files cannot be read: ${error.message}`
    throw error
  }
}

async function judge(
  repository: Repository,
  portal: PortalRef,
  archive: Archive,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<string | null> {
  const { files }: ArchiveRecord = await readRecord(repository, archive, signal)
  if (files?.count !== manifest.files?.count || files?.bytes !== manifest.files?.bytes)
    return 'the record tells of other files than the manifest'
  if (!files) return null
  const treeId = await treeOf(repository, portal, files.entryId, signal)
  if (treeId === null) return 'the files are not in the repository'
  if (treeId !== files.treeId) return 'the files in the repository are not those that were recorded'
  await dumpEntry(repository, ['--archive', 'tar', files.entryId, `/${files.root}`], [nowhere()], signal)
  return null
}
