import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AdapterRefusal } from '../../../port.ts'
import { isFull } from '../problem.ts'
import type { FileEntry } from './file-entry.ts'
import { codeOf } from './walk-tree.ts'

/** Where a tree is to be made, beside `root`, and what it holds. */
export type Wanted = { root: string; listing: FileEntry[] }

/** The space ran out in the middle; what was made by then is not taken away yet. */
class RanOut extends Error {
  override name = 'RanOut'
}

/** Why the tree would not fit beside the one that is there; null where it does, or where it cannot be known. */
export async function findNoRoom(wanted: Wanted): Promise<AdapterRefusal | null> {
  const facts = await measure(wanted)
  return facts.freeBytes < facts.neededBytes ? { code: 'not_enough_disk', facts } : null
}

/** What an error comes to when what was made is gone again: the answer where the space ran out, null where it was something else. */
export async function asNoRoom(wanted: Wanted, error: unknown): Promise<AdapterRefusal | null> {
  if (!(error instanceof RanOut || (error instanceof Error && fullCodes.includes(codeOf(error) ?? '')))) return null
  return { code: 'not_enough_disk', facts: { ...(await measure(wanted)), because: error.message } }
}

/** Throws where what a program said is that the space ran out. */
export function mustNotBeFull(said: string): void {
  if (isFull(said)) throw new RanOut(lastWords(said))
}

export const lastWords = (said: string) => said.trim().split('\n').slice(-3).join(' · ').slice(0, 600)

const fullCodes = ['ENOSPC', 'EDQUOT']

/** In whole blocks, as a file system gives them, and a block for each folder. */
async function measure({ root, listing }: Wanted) {
  const where = dirname(root)
  const { bavail, bsize } = await statfs(where)
  const blocks = listing.reduce((sum, { kind, size }) => sum + (kind === 'dir' ? 1 : Math.ceil(size / bsize)), MOVE_BLOCKS)
  return { of: 'files', where, neededBytes: blocks * bsize, freeBytes: bavail * bsize }
}

/** What a move writes beside its tree: its folder, the new tree's, and what it is about to do, anew at each turn and once for its end. */
const MOVE_BLOCKS = 5
