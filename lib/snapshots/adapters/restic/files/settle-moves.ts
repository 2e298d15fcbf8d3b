import { dirname } from 'node:path'
import type { AdapterRefusal, PortalRef, Recovered, RestoreTrace } from '../../../port.ts'
import { whatBecame } from '../../postgres/what-became.ts'
import { exchangeTrees } from './exchange-trees.ts'
import { type MoveIntent, readIntents, removeMove, removeUnwritten } from './move-intent.ts'
import { isThere } from './walk-tree.ts'

/**
 * For the holder of the portal's lease: every move of files that an earlier call did not end is ended, as the rows' own transaction says (S50): finished
 * where it was committed, taken back where it was not. What cannot be is told: `unsettled` where rows are committed and the files are still the old ones.
 */
export async function settleMoves(portal: PortalRef, recovered: Recovered): Promise<void> {
  if (!portal.filesPath) return
  for (const intent of await readIntents(portal.id, portal.filesPath)) {
    if (intent.state === 'done') continue
    try {
      const told = await settleMove(portal, intent)
      if (told !== null) recovered.notes.push(told)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      recovered.unsettled = [...(recovered.unsettled ?? []), `the files in ${intent.folder} could not be settled: ${why}`]
    }
  }
  await removeUnwritten(portal.filesPath)
  await forgetKeptTrees(portal)
}

/**
 * Rows that are committed, or may be, while the files beside them are still those of before: what is kept or moved now would have half of each. Null where rows and files
 * belong together.
 */
export async function findUnsettled(portal: PortalRef): Promise<AdapterRefusal | null> {
  if (!portal.filesPath) return null
  for (const intent of await readIntents(portal.id, portal.filesPath)) {
    if (intent.state === 'done' || intent.state === 'making') continue
    const fate = await fateOf(portal, intent)
    if (fate !== 'rolled_back')
      return { code: 'files_unsettled', facts: { where: intent.root, move: intent.folder, since: intent.createdAt, rows: fate } }
  }
  return null
}

/** What was done, in words; null where the call that asks need not be told. */
export async function settleMove(portal: PortalRef, intent: MoveIntent): Promise<string | null> {
  if (intent.state === 'done') return null
  const fate = await fateOf(portal, intent)
  if (fate === 'rolled_back') {
    await removeMove(intent)
    return `took away files of a restore that was not done: ${intent.folder}`
  }
  if (fate !== 'committed') throw new Error(`what became of the rows is ${fate}`)
  await exchangeTrees(intent)
  return `put the files of a restore in their place: ${intent.root}`
}

function fateOf(portal: PortalRef, { state, trace }: MoveIntent): Promise<Awaited<ReturnType<typeof whatBecame>>> {
  if (state === 'decided') return Promise.resolve('committed')
  return state === 'making' || trace === null ? Promise.resolve('rolled_back') : whatBecame(portal, trace satisfies RestoreTrace)
}

/** A tree that was moved aside lives as long as the journal of its restore: while that can be undone. */
export async function forgetKeptTrees(portal: PortalRef): Promise<void> {
  if (!portal.filesPath) return
  for (const intent of await readIntents(portal.id, portal.filesPath)) {
    if (intent.state === 'done' && (await wasRemoved(intent.journalDirectory))) await removeMove(intent)
  }
}

/** Gone from a folder that is there: one that cannot be seen from here says nothing. */
async function wasRemoved(journalDirectory: string): Promise<boolean> {
  return (await isThere(dirname(journalDirectory))) && !(await isThere(journalDirectory))
}
