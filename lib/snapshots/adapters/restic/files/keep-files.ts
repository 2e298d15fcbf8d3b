import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { findByTag, type KeptFiles, ours, tagsOf } from '../archives.ts'
import { problemOf } from '../problem.ts'
import { readRestic } from '../read-restic.ts'
import type { Repository } from '../repository.ts'
import { bytesOf, type FileEntry, latin1Of } from './file-entry.ts'
import { listEntry } from './list-entry.ts'
import { statOf, statRoot, targetOf, unreadable } from './walk-tree.ts'

/**
 * The tree as an entry of its own. Links are kept as links. A file that goes while the tree is read is no fault; one that cannot be read is, by name: a
 * snapshot without it would lose it on its way back. Throws an `AdapterRefused`.
 */
export async function keepFiles(
  repository: Repository,
  of: { portalId: string; snapshotId: string; name: string },
  filesPath: string,
  signal: AbortSignal,
): Promise<{ kept: KeptFiles; notes: string[] }> {
  await statRoot(filesPath)
  const [root, attempt] = [basename(filesPath), `attempt:${crypto.randomUUID()}`]
  const flags = ['--json', '--quiet', '--host', ours, '--tag', tagsOf(of, 'kind:files', attempt)]
  // By its name within its folder, so that an entry begins at the tree and a name that begins with a dash is none of restic's flags.
  const heard: Buffer[] = []
  const keeper = readRestic(repository, ['backup', ...flags, '--', `./${root}`], {
    signal,
    cwd: dirname(filesPath),
    // All of it: restic names each file that it could not read on a line of its own.
    hear: (chunk) => heard.push(chunk),
  })
  keeper.stdout.resume()
  const { code, said } = await keeper.ended
  signal.throwIfAborted()
  if (code !== 0 && code !== SOME_NOT_READ) throw problemOf(repository, said)
  const vanished = code === SOME_NOT_READ ? await mustHaveVanished(Buffer.concat(heard).toString()) : 0
  const { id: entryId, treeId } = await findByTag(repository, attempt)
  const held = await count(repository, { entryId, root }, filesPath, signal)
  const notes = vanished === 0 ? [] : [`${vanished} files went away while the files were read`]
  return { kept: { entryId, treeId, root, ...held }, notes }
}

const SOME_NOT_READ = 3

const complaint = z.object({ message_type: z.literal('error'), item: z.string() })

async function mustHaveVanished(said: string): Promise<number> {
  const paths = said.split('\n').flatMap((line) => {
    const told = complaint.safeParse(jsonOf(line))
    return told.success ? [told.data.item] : []
  })
  // A name that is no text is not told whole, so it cannot be looked for.
  const there = await Promise.all(paths.map(async (path) => path.includes('\ufffd') || (await statOf(latin1Of(path))) !== null))
  const unread = paths.filter((_, at) => there[at])
  if (unread.length > 0 || paths.length === 0) throw unreadable(unread.map(latin1Of))
  return paths.length
}

function jsonOf(line: string): unknown {
  try {
    return z.unknown().parse(JSON.parse(line))
  } catch {
    return null // words of restic's, not one of its messages
  }
}

async function count(
  repository: Repository,
  kept: { entryId: string; root: string },
  filesPath: string,
  signal: AbortSignal,
): Promise<{ count: number; bytes: number }> {
  const held = { count: 0, bytes: 0 }
  const garbled: string[] = []
  for await (const entry of listEntry(repository, kept, signal)) {
    if (entry.kind === 'dir') continue
    held.count += 1
    held.bytes += entry.size
    if (await isGarbled(entry, filesPath)) garbled.push(entry.path)
  }
  if (garbled.length > 0) throw unreadable(garbled, 'the links lead to names that are no text, which restic does not keep')
  return held
}

/** restic before 0.17 loses bytes of a link's target that are no text. */
async function isGarbled({ path, target }: FileEntry, filesPath: string): Promise<boolean> {
  if (target === null || !target.includes(noText)) return false
  const now = await targetOf(`${latin1Of(filesPath)}/${path}`)
  return now !== null && now !== target && bytesOf(now).toString() === bytesOf(target).toString()
}

const noText = latin1Of('\ufffd')
