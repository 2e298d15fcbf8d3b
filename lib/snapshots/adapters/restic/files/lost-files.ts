import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { LostFile, PortalRef, SnapshotRef } from '../../../port.ts'
import type { FindRepository } from '../repository.ts'
import { compareFiles } from './compare-files.ts'
import { type FileChange, timeOf } from './compare-trees.ts'
import { bytesOf, latin1Of, wordsOf } from './file-entry.ts'

/** The port's `readLostFiles`: newer and changed files as live has them, by path. A link is told by where it leads; pipes and devices hold nothing to be read. */
export function readLostFilesWith(find: FindRepository) {
  return async <T>(
    { portal, snapshot }: { portal: PortalRef; snapshot: SnapshotRef },
    use: (files: LostFile[]) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const compared = await compareFiles(find, portal, snapshot, 0, signal)
    const root = portal.filesPath ?? ''
    const lost = compared?.lost.filter(({ entry }) => entry.kind === 'file' || entry.kind === 'symlink') ?? []
    return use(lost.map((change) => lostFile(root, change, signal)))
  }
}

function lostFile(root: string, { kind, entry }: FileChange, signal?: AbortSignal): LostFile {
  const { path, size, mtimeNs, target } = entry
  return {
    path: wordsOf(path),
    change: kind === 'changed' ? 'changed' : 'newer',
    bytes: target === null ? size : target.length,
    modifiedAt: timeOf(mtimeNs),
    read: () => (target === null ? contentsOf(`${latin1Of(root)}/${path}`, signal) : once(bytesOf(target))),
  }
}

/** Never through a link: one may have taken the file's place since. */
async function* contentsOf(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(bytesOf(path), constants.O_RDONLY | constants.O_NOFOLLOW)
  const arriving: AsyncIterable<unknown> = file.createReadStream()
  for await (const chunk of arriving) {
    signal?.throwIfAborted()
    if (chunk instanceof Uint8Array) yield chunk
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
