import { readIntents } from './move-intent.ts'

/**
 * The tree that the restore with this journal moved aside; null where it moved none. Where it was done in two tries, the first one's: that is how the files were
 * before it.
 */
export async function keptTreeOf(portal: { id: string; filesPath: string }, journalDirectory: string): Promise<string | null> {
  const intents = await readIntents(portal.id, portal.filesPath)
  const moved = intents.find((intent) => intent.state === 'done' && intent.journalDirectory === journalDirectory)
  return moved?.keptTree ?? null
}
