import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { openSealed, sealStream } from './sealed-file.ts'

/** Where archives lie, and under which secret; web and workers share the folder. */
export type FileStore = { root: string; secret: string }

export type Stored = { storedAs: string; bytes: number; sha256: string }

/** Below this much free space nothing is begun: others write to the same disk. */
const spareBytes = 64 * 1024 * 1024

/** Free bytes that are lacking for a file of about this size; 0 when it fits. Makes the folder. */
export async function lackingBytes(store: FileStore, about: number): Promise<{ neededBytes: number; freeBytes: number } | null> {
  await mkdir(store.root, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(store.root)
  const neededBytes = about + spareBytes
  const freeBytes = bavail * bsize
  return freeBytes < neededBytes ? { neededBytes, freeBytes } : null
}

/** Seals a stream into a file with a name of its own; one that cannot be finished is removed. It is on the disk when this returns. */
export async function storeFile(store: FileStore, clear: AsyncIterable<Buffer>): Promise<Stored> {
  const storedAs = crypto.randomUUID()
  const path = join(store.root, storedAs)
  const hash = createHash('sha256')
  let bytes = 0
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of clear) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  try {
    await pipeline(sealStream(store.secret, storedAs, measured()), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
    await syncFile(path)
  } catch (cause) {
    await rm(path, { force: true })
    throw cause
  }
  return { storedAs, bytes, sha256: hash.digest('hex') }
}

/** The file in clear; throws when it was altered or is not there. */
export function readStored(store: FileStore, storedAs: string): AsyncGenerator<Buffer> {
  return openSealed(store.secret, storedAs, join(store.root, storedAs))
}

export async function removeStored({ root }: Pick<FileStore, 'root'>, storedAs: string): Promise<void> {
  await rm(join(root, storedAs), { force: true })
}

/** Files that nobody knows and that no one can still be writing: what killed workers left. Returns how many were removed. */
export async function removeUnknown(
  { root }: Pick<FileStore, 'root'>,
  known: ReadonlySet<string>,
  olderThan: Date,
): Promise<number> {
  let removed = 0
  for (const name of await namesIn(root)) {
    if (known.has(name) || (await stat(join(root, name))).mtime >= olderThan) continue
    await removeStored({ root }, name)
    removed += 1
  }
  return removed
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw cause
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
