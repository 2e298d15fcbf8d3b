import { createHash } from 'node:crypto'
import type { FilesComparison, Tally } from '../../../port.ts'
import { type FileEntry, inOrder, wordsOf } from './file-entry.ts'

/** What a restore would do to one file, with the file as it is: of a changed one, as it is in live. */
export type FileChange = { kind: keyof Tally; entry: FileEntry }

export type TreeDifference = {
  files: FilesComparison
  /** Fingerprint of exactly this difference, folders included. */
  digest: string
  /** Whether anything at all would be done: a folder alone is none of the counts. */
  isEmpty: boolean
  /** Files of live that would go or be overwritten, as they are now. */
  lost: FileChange[]
}

/** Both sides in the order of `inOrder`, walked side by side. Folders are no files: they only say that the trees differ, by being there and by their mode. */
export async function compareTrees(
  live: AsyncIterable<FileEntry>,
  stored: AsyncIterable<FileEntry>,
  examplesPerKind: number,
): Promise<TreeDifference> {
  const hash = createHash('sha256')
  const counts: Tally = { missing: 0, newer: 0, changed: 0 }
  const examples: FilesComparison['examples'] = []
  const lost: FileChange[] = []
  let [lostBytes, isEmpty] = [0, true]
  for await (const { kind, entry } of changesBetween(live, stored)) {
    isEmpty = false
    hash.update(`${kind} ${stateOf(entry)}\n`)
    if (entry.kind === 'dir') continue
    counts[kind] += 1
    if (counts[kind] <= examplesPerKind) examples.push(exampleOf(kind, entry))
    if (kind === 'missing') continue
    lost.push({ kind, entry })
    lostBytes += entry.size
  }
  return { files: { ...counts, lostBytes, examples }, digest: hash.digest('hex'), isEmpty, lost }
}

async function* changesBetween(live: AsyncIterable<FileEntry>, stored: AsyncIterable<FileEntry>): AsyncGenerator<FileChange> {
  const [here, there] = [live[Symbol.asyncIterator](), stored[Symbol.asyncIterator]()]
  try {
    let [mine, kept] = [await nextOf(here), await nextOf(there)]
    while (mine !== null || kept !== null) {
      const order = mine === null ? 1 : kept === null ? -1 : inOrder(mine.path, kept.path)
      if (mine !== null && kept !== null && order === 0) yield* changeOf(mine, kept)
      else if (mine !== null && order < 0) yield { kind: 'newer', entry: mine }
      else if (kept !== null) yield { kind: 'missing', entry: kept }
      const [goOnHere, goOnThere] = [order <= 0, order >= 0]
      if (goOnHere) mine = await nextOf(here)
      if (goOnThere) kept = await nextOf(there)
    }
  } finally {
    // Whichever broke, what is behind the other is let go of.
    await Promise.all([here.return?.(), there.return?.()])
  }
}

async function nextOf(entries: AsyncIterator<FileEntry>): Promise<FileEntry | null> {
  const next = await entries.next()
  return next.done ? null : next.value
}

function* changeOf(live: FileEntry, stored: FileEntry): Generator<FileChange> {
  if ((live.kind === 'dir') !== (stored.kind === 'dir')) {
    // A file where a folder was, or the other way round: one comes back and one goes.
    yield { kind: 'newer', entry: live }
    yield { kind: 'missing', entry: stored }
    return
  }
  if (stateOf(live) !== stateOf(stored)) yield { kind: 'changed', entry: live }
}

/**
 * All by which a file is the same; two trees with the same states are the same as far as this difference goes. A folder's own time moves with whatever is put
 * into it, and the permissions of a link are nowhere looked at.
 */
export function stateOf({ path, kind, size, mtimeNs, mode, target }: FileEntry): string {
  const time = kind === 'dir' ? null : String(mtimeNs)
  return JSON.stringify([path, kind, size, time, kind === 'symlink' ? null : mode, target])
}

function exampleOf(kind: keyof Tally, { path, size, mtimeNs }: FileEntry): FilesComparison['examples'][number] {
  return { kind, path: wordsOf(path), bytes: size, modifiedAt: timeOf(mtimeNs) }
}

export const timeOf = (mtimeNs: bigint): string => new Date(Number(mtimeNs / 1_000_000n)).toISOString()
