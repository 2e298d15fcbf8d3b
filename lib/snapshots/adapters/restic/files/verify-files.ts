import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Manifest, PortalRef, SnapshotRef } from '../../../port.ts'
import { type Archive, type ArchiveRecord, findArchive, type KeptFiles, readRecord, treeOf } from '../archives.ts'
import { isDamage, problemOf, RepositoryProblem } from '../problem.ts'
import type { FindRepository, Repository } from '../repository.ts'
import { startRestic } from '../restic-command.ts'

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
  await readAll(repository, files, signal)
  return null
}

async function readAll(repository: Repository, { entryId, root }: KeptFiles, signal?: AbortSignal): Promise<void> {
  const args = ['dump', '--no-cache', '--archive', 'tar', entryId, `/${root}`]
  const reader = startRestic(repository, args, { signal, isEnough: isDamage })
  const { stdout } = reader.child
  try {
    if (!stdout) throw new Error('restic was started without its pipes')
    await pipeline(stdout, new Writable({ write: (_chunk: unknown, _encoding, done) => done() }))
  } catch (error) {
    await reader.stop()
    signal?.throwIfAborted()
    throw error
  }
  const { code, said } = await reader.ended
  signal?.throwIfAborted()
  if (code !== 0) throw problemOf(repository, said)
}
