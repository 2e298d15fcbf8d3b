import { type Archive, type ArchiveRecord, archiveFile } from './archives.ts'
import { dumpEntry, nowhere } from './dump-entry.ts'
import { makeMeter } from './meter.ts'
import { RepositoryProblem } from './problem.ts'
import type { Repository } from './repository.ts'

/**
 * Streams the archive to `into` (nowhere, to prove it) and holds it against its record. The sum of all says that
 * the pieces are those that we wrote, in their order.
 */
export async function readArchive(
  repository: Repository,
  archive: Archive,
  record: ArchiveRecord,
  signal: AbortSignal | undefined,
  into: NodeJS.WritableStream = nowhere(),
): Promise<void> {
  const meter = makeMeter()
  await dumpEntry(repository, [archive.archiveId, `/${archiveFile}`], [meter.stream, into], signal)
  const { sha256, bytes } = meter.read()
  if (sha256 !== record.sha256 || bytes !== record.bytes) {
    throw new RepositoryProblem('damaged', `the archive of ${archive.databaseName} is not the one that was recorded`)
  }
  proved.add(proofOf(archive, record))
}

/** Archives that this process has read through. An entry's id is the sum of all that it holds, so the id that was proved once names the same bytes for ever. */
const proved = new Set<string>()
const proofOf = ({ archiveId }: Archive, { sha256 }: ArchiveRecord): string => `${archiveId} ${sha256}`

/** Whether it was read through before. A stored byte that went bad since stops whoever reads it again. */
export function wasProved(archive: Archive, record: ArchiveRecord): boolean {
  return proved.has(proofOf(archive, record))
}
