import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isGone } from './walk-tree.ts'

/** Written into the journal's directory of a restore that moved files aside: where the tree of before is. */
export const keptFileName = 'files.json'
export const keptFileSchema = z.object({ version: z.literal(1), keptTree: z.string() })

/** The tree that the restore with this journal moved aside; null where it moved none. */
export async function keptTreeOf(journalDirectory: string): Promise<string | null> {
  try {
    return keptFileSchema.parse(JSON.parse(await readFile(join(journalDirectory, keptFileName), 'utf8'))).keptTree
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}
