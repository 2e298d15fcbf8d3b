import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { restoreTraceSchema } from '../../../port.ts'
import { codeOf, isGone } from './walk-tree.ts'

/**
 * What a restore is about to do with a portal's files, written beside them before the rows are committed, so that after a kill it is known whether to
 * finish or to take back. It lies in a folder of its own, `<root>.rd-<key>`, that nobody else can enter, with the tree that is to come (`newTree`) and, from
 * then on, the one that was there (`keptTree`): the files' safety copy, which nothing but the end of its journal removes (R12).
 */
export type MoveIntent = z.infer<typeof intentSchema> & { folder: string }

const intentSchema = z.object({
  version: z.literal(1),
  portalId: z.string(),
  createdAt: z.string(),
  root: z.string(),
  newTree: z.string(),
  keptTree: z.string(),
  journalDirectory: z.string(),
  /** The rows' transaction, which decides. Null before it is known. */
  trace: restoreTraceSchema.nullable(),
  /**
   * `making`: the new tree is not whole, or nothing may be done with it yet. `waiting`: it goes where the rows go. `decided`: it is to take the tree's place,
   * whatever becomes of anything else. `done`: it has.
   */
  state: z.enum(['making', 'waiting', 'decided', 'done']),
})

export async function beginMove(of: {
  portalId: string
  root: string
  journalDirectory: string
  name: string
}): Promise<MoveIntent> {
  const folder = `${prefixOf(of.root)}${randomUUID().replaceAll('-', '').slice(0, 12)}`
  await mkdir(folder, { mode: 0o700 })
  const intent: MoveIntent = {
    version: 1,
    portalId: of.portalId,
    createdAt: new Date().toISOString(),
    root: of.root,
    newTree: join(folder, 'new', of.name),
    keptTree: join(folder, 'kept'),
    journalDirectory: of.journalDirectory,
    trace: null,
    state: 'making',
    folder,
  }
  try {
    await writeIntent(intent)
    await mkdir(join(folder, 'new'), { mode: 0o700 })
  } catch (error) {
    await removeMove(intent)
    throw error
  }
  return intent
}

/**
 * Durable when it returns; a kill leaves what was written before or this. What may have to be ended after the commit has its end written beforehand: by then the
 * disk may be full.
 */
export async function writeIntent(intent: MoveIntent): Promise<void> {
  const path = join(intent.folder, intentFile)
  if (intent.state === 'waiting' || intent.state === 'decided') await writeDurably(`${path}.done`, { ...intent, state: 'done' })
  await writeDurably(`${path}.next`, intent)
  await takePlace(intent, `${path}.next`)
}

/** That it is over, for which no space is needed. */
export async function endIntent(intent: MoveIntent): Promise<void> {
  try {
    await takePlace(intent, join(intent.folder, `${intentFile}.done`))
  } catch (error) {
    // Ended by somebody else just now.
    if (!isGone(error)) throw error
    await writeIntent({ ...intent, state: 'done' })
  }
}

async function writeDurably(path: string, { folder: _, ...intent }: MoveIntent): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(intent))
    await file.sync()
  } finally {
    await file.close()
  }
}

async function takePlace({ folder }: MoveIntent, written: string): Promise<void> {
  await rename(written, join(folder, intentFile))
  await syncFolder(folder)
  await syncFolder(dirname(folder))
}

/** Those of this portal beside its tree, the oldest first. */
export async function readIntents(portalId: string, root: string): Promise<MoveIntent[]> {
  const intents: MoveIntent[] = []
  for (const folder of await foldersBeside(root)) {
    const intent = await readIntent(folder)
    if (intent?.portalId === portalId) intents.push(intent)
  }
  return intents.sort((one, other) => one.createdAt.localeCompare(other.createdAt))
}

/** Takes away folders that were made and never written into. For the holder of the portal's lease alone: nobody else knows that their makers are gone. */
export async function removeUnwritten(root: string): Promise<void> {
  for (const folder of await foldersBeside(root)) if ((await readIntent(folder)) === null) await removeEmpty(folder)
}

/** With all that is in it. */
export async function removeMove({ folder }: MoveIntent): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await syncFolder(dirname(folder))
}

/** Folder entries outlive a crash of the machine only when the folder itself was written. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const intentFile = 'intent.json'
const prefixOf = (root: string) => `${resolve(root)}.rd-`

async function foldersBeside(root: string): Promise<string[]> {
  const [beside, prefix] = [dirname(resolve(root)), basename(prefixOf(root))]
  try {
    const names = await readdir(beside)
    return names.filter((name) => name.startsWith(prefix)).map((name) => join(beside, name))
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

async function readIntent(folder: string): Promise<MoveIntent | null> {
  try {
    return { ...intentSchema.parse(JSON.parse(await readFile(join(folder, intentFile), 'utf8'))), folder }
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** Whatever has something in it is not ours to judge. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await rm(join(folder, `${intentFile}.next`), { force: true })
    await rmdir(folder)
  } catch (error) {
    if (!isGone(error) && codeOf(error) !== 'ENOTEMPTY') throw error
  }
}
