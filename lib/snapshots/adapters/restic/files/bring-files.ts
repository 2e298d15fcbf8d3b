import { dirname } from 'node:path'
import { AdapterRefused } from '../../../port.ts'
import { pastLocksThatGo } from '../past-locks.ts'
import { isDamage, isFull, problemOf } from '../problem.ts'
import { resticCommand } from '../restic-command.ts'
import { runProgram } from '../run-program.ts'
import { type FileEntry, inOrder, wordsOf } from './file-entry.ts'
import type { FilesSource } from './files-source.ts'
import { lastWords, mustNotBeFull } from './room.ts'
import { walkTree } from './walk-tree.ts'

/**
 * Writes the source's tree to `newTree`, whose folder is there, and proves it: what restic brings it reads again, and each file of the new tree is held against
 * the source's listing, owners, modes and times included. Throws an `AdapterRefused`, a `RepositoryProblem`, or that it
 * `RanOut` of space.
 */
export async function bringFiles(
  { source, listing }: { source: FilesSource; listing: FileEntry[] },
  newTree: string,
  signal: AbortSignal,
): Promise<void> {
  if (source.kind === 'entry') await bringEntry(source, dirname(newTree), signal)
  else await copyTree(source.path, newTree, signal)
  await mustBeTheSame(listing, walkTree(newTree, signal))
  // A tree that is about to take another's place must outlive a crash of the machine as a whole.
  await command('sync', ['-f', newTree], signal)
}

async function bringEntry(
  { repository, kept }: Extract<FilesSource, { kind: 'entry' }>,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const args = ['restore', kept.entryId, '--target', target, '--verify', '--quiet']
  // It would go on with each other file, and say of each that there is no space.
  const isEnough = (all: string) => isDamage(all) || isFull(all)
  const { code, said } = await pastLocksThatGo(repository, () => resticCommand(repository, args, { signal, isEnough }))
  if (code === 0) return
  mustNotBeFull(said)
  // One that may not be given its owner or be written is no fault of the repository's.
  if (/operation not permitted|permission denied/.test(said) && !isDamage(said))
    throw new AdapterRefused({ code: 'files_unusable', facts: { because: lastWords(said) } })
  throw problemOf(repository, said)
}

/** With owners, times, links and whatever else cp(1) knows of; where the file system can, without writing the bytes again. */
async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  await command('cp', ['-a', '--reflink=auto', '--', from, to], signal)
}

async function command(name: string, args: string[], signal: AbortSignal): Promise<void> {
  const { code, said } = await runProgram(name, args, { env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' }, signal })
  if (code === 0) return
  mustNotBeFull(said)
  throw new AdapterRefused({ code: 'files_unusable', facts: { because: `${name}: ${lastWords(said)}` } })
}

async function mustBeTheSame(wanted: FileEntry[], there: AsyncIterable<FileEntry>): Promise<void> {
  const brought = there[Symbol.asyncIterator]()
  const fail = (path: string, because: string) =>
    new AdapterRefused({ code: 'verification_failed', facts: { files: [wordsOf(path)], because } })
  try {
    for (const entry of wanted) {
      const next = await brought.next()
      if (next.done || inOrder(next.value.path, entry.path) !== 0) throw fail(entry.path, 'it did not come back')
      const differs = whatDiffers(entry, next.value)
      if (differs.length > 0) throw fail(entry.path, `it came back with another ${differs.join(', ')}`)
    }
    const more = await brought.next()
    if (!more.done) throw fail(more.value.path, 'it came besides')
  } finally {
    await brought.return?.()
  }
}

function whatDiffers(wanted: FileEntry, there: FileEntry): string[] {
  const parts = ['kind', 'size', 'mtimeNs', 'mode', 'uid', 'gid', 'target'] as const
  return parts.filter((part) => wanted[part] !== there[part])
}
