import { type BigIntStats, constants } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { AdapterRefused } from '../../../port.ts'
import { bytesOf, type FileEntry, type FileKind, latin1Of, wordsOf } from './file-entry.ts'

/**
 * The tree as it is now, in the order of `inOrder`, the root first. Links are told and not followed. What vanishes while it is walked is not there. Throws
 * an `AdapterRefused` (`files_unreadable`) where a folder may not be read, and (`files_unusable`) where the root is no folder.
 */
export async function* walkTree(root: string, signal?: AbortSignal): AsyncGenerator<FileEntry> {
  const top = await statRoot(root)
  yield entryOf('', top, null)
  yield* walkFolder(latin1Of(root), '', signal)
}

/** The root's own state. A link in its place is refused: what it leads to is not for us to move. */
export async function statRoot(root: string): Promise<BigIntStats> {
  const found = await statOf(latin1Of(root))
  if (found === null)
    throw unusable(`there is no folder ${root}: where its files are lost, make it again, empty, and they can come back`)
  if (found.isSymbolicLink()) throw unusable(`${root} is a link, and a link is not what is kept`)
  if (!found.isDirectory()) throw unusable(`${root} is no folder`)
  return found
}

export function unusable(because: string): AdapterRefused {
  return new AdapterRefused({ code: 'files_unusable', facts: { because } })
}

async function* walkFolder(root: string, folder: string, signal?: AbortSignal): AsyncGenerator<FileEntry> {
  const names = await namesIn(join(root, folder), folder)
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    signal?.throwIfAborted()
    const paths = names.slice(at, at + STATS_AT_ONCE).map((name) => join(folder, name))
    const found = await Promise.all(paths.map((path) => readEntry(root, path)))
    for (const entry of found) {
      if (entry === null) continue
      yield entry
      if (entry.kind === 'dir') yield* walkFolder(root, entry.path, signal)
    }
  }
}

const STATS_AT_ONCE = 64

async function namesIn(path: string, folder: string): Promise<string[]> {
  try {
    const names = await readdir(bytesOf(path), { encoding: 'buffer' })
    return names.sort(Buffer.compare).map((name) => name.toString('latin1'))
  } catch (error) {
    if (isGone(error)) return []
    if (codeOf(error) === 'EACCES') throw unreadable([folder])
    throw error
  }
}

async function readEntry(root: string, path: string): Promise<FileEntry | null> {
  const stats = await statOf(join(root, path))
  if (stats === null || stats.isSocket()) return null
  const target = stats.isSymbolicLink() ? await targetOf(join(root, path)) : null
  return stats.isSymbolicLink() && target === null ? null : entryOf(path, stats, target)
}

export function unreadable(paths: string[], because?: string): AdapterRefused {
  const files = paths.slice(0, NAMED_AT_MOST).map(wordsOf)
  const facts = { files, count: paths.length, ...(because === undefined ? {} : { because }) }
  return new AdapterRefused({ code: 'files_unreadable', facts })
}

const NAMED_AT_MOST = 10

function entryOf(path: string, stats: BigIntStats, target: string | null): FileEntry {
  const kind = kindOf(stats)
  return {
    path,
    kind,
    size: kind === 'file' ? Number(stats.size) : 0,
    mtimeNs: stats.mtimeNs,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    target,
  }
}

function kindOf(stats: BigIntStats): FileKind {
  const kinds: Readonly<Record<number, FileKind>> = {
    [constants.S_IFDIR]: 'dir',
    [constants.S_IFLNK]: 'symlink',
    [constants.S_IFIFO]: 'fifo',
    [constants.S_IFBLK]: 'dev',
    [constants.S_IFCHR]: 'chardev',
  }
  return kinds[Number(stats.mode) & constants.S_IFMT] ?? 'file'
}

/** Null where there is nothing. `path` in `latin1`. */
export async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await lstat(bytesOf(path), { bigint: true })
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

export async function isThere(path: string): Promise<boolean> {
  return (await statOf(latin1Of(path))) !== null
}

/** Where the link leads, in `latin1`; null where there is no link any more. */
export async function targetOf(path: string): Promise<string | null> {
  try {
    return (await readlink(bytesOf(path), { encoding: 'buffer' })).toString('latin1')
  } catch (error) {
    // EINVAL: something else stands there by now.
    if (isGone(error) || codeOf(error) === 'EINVAL') return null
    throw error
  }
}

/** ENOTDIR: a folder on the way became a file. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')
}

export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

const join = (folder: string, name: string) => (folder === '' ? name : name === '' ? folder : `${folder}/${name}`)
