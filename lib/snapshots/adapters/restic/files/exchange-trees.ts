import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { endIntent, type MoveIntent, syncFolder } from './move-intent.ts'
import { codeOf, isThere } from './walk-tree.ts'

/**
 * The tree goes aside and the new one takes its place: two renames. Wherever an earlier try was killed, this goes on from there, and a second one at the same
 * time does no harm: each rename has one source and a target that holds nothing.
 */
export async function exchangeTrees(intent: MoveIntent): Promise<void> {
  const { root, newTree, keptTree, folder } = intent
  if ((await isThere(newTree)) && !(await isThere(keptTree))) await move(root, keptTree)
  if (await isThere(newTree)) await move(newTree, root)
  if (!(await isThere(root))) throw new Error(`the files did not take their place: ${root} is not there`)
  await syncFolder(dirname(root))
  await syncFolder(folder)
  await endIntent(intent)
  await rm(join(folder, 'new'), { recursive: true, force: true })
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    // Moved by somebody else just now.
    if (codeOf(error) !== 'ENOENT' || !(await isThere(to))) throw error
  }
}
