import type { PortalRef, SnapshotRef } from '../../../port.ts'
import { findArchive, type KeptFiles, recallRecord } from '../archives.ts'
import { isOnServer, sealed } from '../open-archive.ts'
import type { FindRepository, Repository } from '../repository.ts'
import type { FileEntry } from './file-entry.ts'
import { keptTreeOf } from './kept-tree.ts'
import { listEntry } from './list-entry.ts'
import { walkTree } from './walk-tree.ts'

/** Where the files of a snapshot are: an entry of the repository, or the tree that an earlier restore moved aside and its undo brings back (S57). */
export type FilesSource =
  | { kind: 'entry'; repository: Repository; kept: KeptFiles }
  /** `path` is the tree itself. */
  | { kind: 'tree'; path: string }

/** Null where the snapshot holds no files. Throws a `RepositoryProblem`. */
export async function findFiles(
  find: FindRepository,
  portal: PortalRef,
  snapshot: SnapshotRef,
  signal?: AbortSignal,
): Promise<FilesSource | null> {
  if (await isOnServer(portal, snapshot)) {
    const { id, filesPath } = portal
    const path = snapshot.filesFrom && filesPath ? await keptTreeOf({ id, filesPath }, snapshot.filesFrom) : null
    return path === null ? null : { kind: 'tree', path }
  }
  const repository = find()
  const archive = repository && (await findArchive(repository, portal, snapshot.databaseName, signal))
  if (!archive) return null
  const { files: kept } = sealed(archive, snapshot, await recallRecord(repository, archive, signal))
  return kept ? { kind: 'entry', repository, kept } : null
}

/** In the order of `inOrder`, the root first. */
export function listFiles(source: FilesSource, signal?: AbortSignal): AsyncGenerator<FileEntry> {
  return source.kind === 'tree' ? walkTree(source.path, signal) : listEntry(source.repository, source.kept, signal)
}
