import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDamage, problemOf } from './problem.ts'
import { readRestic } from './read-restic.ts'
import type { Repository } from './repository.ts'

/**
 * Streams what `restic dump` gives of an entry through `streams`, whose last one only takes. Past this machine's cache, for it is the repository that is
 * asked; each piece is checked by restic as it is read (its seal, its name). Throws a `RepositoryProblem`, or what a stream threw.
 */
export async function dumpEntry(
  repository: Repository,
  args: string[],
  streams: (NodeJS.ReadWriteStream | NodeJS.WritableStream)[],
  signal: AbortSignal | undefined,
): Promise<void> {
  // restic asks for a missing file again and again for a quarter of an hour; that it is missing is known the first time.
  const reader = readRestic(repository, ['dump', '--no-cache', ...args], { signal, isEnough: isDamage })
  try {
    await pipeline([reader.stdout, ...streams])
  } catch (error) {
    await reader.stop()
    signal?.throwIfAborted()
    throw error
  }
  const { code, said } = await reader.ended
  signal?.throwIfAborted()
  if (code !== 0) throw problemOf(repository, said)
}

/** For what is read only to be proved. */
export function nowhere(): Writable {
  return new Writable({ write: (_chunk: unknown, _encoding, done) => done() })
}
