import { access, constants, lstat, readFile, realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { AdapterRefused } from '../../../port.ts'
import { addressKind } from '../address-kind.ts'
import type { Repository } from '../repository.ts'
import { wordsOf } from './file-entry.ts'
import { codeOf, isGone, statRoot, walkTree } from './walk-tree.ts'

/**
 * Why the files at `root` could not be put back where they are, in words for the operator; empty where they can. `apart` are folders of the desk's own, which
 * would be copied into themselves or moved away.
 */
export async function findPlaceProblems(root: string, repository: Repository | null, apart: string[]): Promise<string[]> {
  try {
    await statRoot(root)
  } catch (error) {
    if (error instanceof AdapterRefused) return [String(error.refusal.facts.because)]
    throw error
  }
  const beside = dirname(resolve(root))
  const problems: string[] = []
  const mounts = await mountsIn(await realpath(root))
  if (mounts.length > 0) problems.push(`file systems are mounted there, and cannot be moved: ${mounts.join(', ')}`)
  if ((await lstat(root)).dev !== (await lstat(beside)).dev) problems.push(`${root} is on another file system than ${beside}`)
  if (!(await may(beside, constants.W_OK | constants.X_OK)))
    problems.push(`nothing can be written beside it: give the worker's user the right to write in ${beside}`)
  if (!(await may(root, constants.R_OK | constants.W_OK | constants.X_OK)))
    problems.push(`${root} cannot be read and moved: give the worker's user the right to read, write and enter it`)
  else problems.push(...(await findOthers(root)))
  const tree = await realpath(root)
  const kept = placesOf(repository)
  for (const place of [...kept, ...apart]) {
    const other = await realOf(place)
    if (isWithin(other, tree)) problems.push(`${place} lies within ${root}: it would be copied with it and moved away`)
    else if (kept.includes(place) && isWithin(tree, other)) problems.push(`${root} lies within ${place}, where the archives are`)
  }
  return problems
}

/** Whether the owners of what comes back can be given it: root can, anybody else only what is theirs. */
async function findOthers(root: string): Promise<string[]> {
  const me = process.getuid?.()
  if (me === 0 || me === undefined) return []
  const groups = new Set([process.getgid?.(), ...(process.getgroups?.() ?? [])])
  for await (const { path, uid, gid } of walkTree(root)) {
    if (uid === me && groups.has(gid)) continue
    const words = `${path === '' ? root : wordsOf(path)} belongs to user ${uid}, group ${gid}`
    return [`${words}: only root can give files to others when they come back, so run the worker as root or as their owner`]
  }
  return []
}

function placesOf(repository: Repository | null): string[] {
  if (!repository) return []
  const kind = addressKind(repository)
  const { RESTIC_CACHE_DIR: cache } = repository.environment
  return [...(kind.kind === 'folder' ? [kind.name] : []), repository.passwordFile, ...(cache ? [cache] : [])]
}

/** What is mounted at or below a path, as Linux tells it; elsewhere only the device of the root says something. */
async function mountsIn(path: string): Promise<string[]> {
  try {
    const lines = (await readFile('/proc/self/mountinfo', 'latin1')).split('\n')
    const points = lines.flatMap((line) => line.split(' ')[4] ?? [])
    const plain = points.map((point) =>
      point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    return plain.map(wordsOf).filter((point) => isWithin(point, path))
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

const isWithin = (path: string, folder: string) =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)

async function may(path: string, how: number): Promise<boolean> {
  try {
    await access(path, how)
    return true
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (isGone(error)) return resolve(path)
    throw error
  }
}
