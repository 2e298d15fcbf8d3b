import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Archive, type ArchiveRecord, archiveFile } from './archives.ts'
import { makeMeter } from './meter.ts'
import { isDamage, problemOf, RepositoryProblem } from './problem.ts'
import type { Repository } from './repository.ts'
import { startRestic } from './restic-command.ts'

/**
 * Streams the archive to `into` (nowhere, to prove it) and holds it against its record. Each piece is checked by restic as it is read (its seal, its
 * name); the sum of all says that they are the pieces in the order we wrote. Past this machine's cache, for it is the repository that is asked.
 */
export async function readArchive(
  repository: Repository,
  archive: Archive,
  record: ArchiveRecord,
  signal: AbortSignal | undefined,
  into: NodeJS.WritableStream = nowhere(),
): Promise<void> {
  const reader = startRestic(repository, ['dump', '--no-cache', archive.archiveId, `/${archiveFile}`], {
    signal,
    // restic asks for a missing file again and again for a quarter of an hour; that it is missing is known the first time.
    isEnough: isDamage,
  })
  const meter = makeMeter()
  const { stdout } = reader.child
  try {
    if (!stdout) throw new Error('restic was started without its pipes')
    await pipeline(stdout, meter.stream, into)
  } catch (error) {
    await reader.stop()
    signal?.throwIfAborted()
    throw error
  }
  const { code, said } = await reader.ended
  signal?.throwIfAborted()
  if (code !== 0) throw problemOf(repository, said)
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

function nowhere(): Writable {
  return new Writable({ write: (_chunk: unknown, _encoding, done) => done() })
}
