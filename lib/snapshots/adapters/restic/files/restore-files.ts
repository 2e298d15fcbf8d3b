import { hasJournal } from '#lib/difference/journal.ts'
import {
  AdapterRefused,
  type Boundary,
  type Call,
  type Facts,
  type Outcome,
  type Restored,
  type RestoreRequest,
  restoreTraceSchema,
  type Tally,
} from '../../../port.ts'
import { bringFiles } from './bring-files.ts'
import { compareTrees, stateOf, type TreeDifference } from './compare-trees.ts'
import { beyondConsent, unpackConsent } from './consent.ts'
import { exchangeTrees } from './exchange-trees.ts'
import { each, type FileEntry, wordsOf } from './file-entry.ts'
import type { FilesSource } from './files-source.ts'
import { beginMove, type MoveIntent, removeMove, writeIntent } from './move-intent.ts'
import { asNoRoom, findNoRoom } from './room.ts'
import { settleMove } from './settle-moves.ts'
import { walkTree } from './walk-tree.ts'

/** `listing` is the source's, read once: what an entry or a kept tree holds does not change. `name` is what the new tree is called where it is made. */
export type MovingFiles = { root: string; source: FilesSource; listing: FileEntry[]; neededBytes: number; name: string }

/** What of a request is the rows' own: their part of the consent, and the journal of what is undone, where that holds rows at all. */
export async function rowsOf(request: RestoreRequest): Promise<RestoreRequest> {
  const { consented, giveBackFrom } = request
  const journal = giveBackFrom !== null && (await hasJournal(giveBackFrom)) ? giveBackFrom : null
  return { ...request, giveBackFrom: journal, consented: { ...consented, wiped: unpackConsent(consented.wiped).rows } }
}

/**
 * The rows' restore with the files moved in step: the new tree is made and proved beside the old one while nothing is locked, what would be lost is held against
 * the consent once more right before the lock, and right after the commit the trees change places. Until the commit a no, an abort or a kill leaves the old tree as it
 * is; after it, `recover` finishes what a kill left undone. Throws an `AdapterRefused`.
 */
export async function restoreWithFiles(
  moving: MovingFiles,
  request: RestoreRequest,
  call: Call,
  restoreRows: (request: RestoreRequest, call: Call) => Promise<Outcome<Restored>>,
): Promise<Outcome<Restored>> {
  const first = await look(moving, request, call.signal)
  if (first.isEmpty) return restoreRows(await rowsOf(request), call)
  const noRoom = await findNoRoom(moving)
  if (noRoom) return { ok: false, refusal: noRoom }
  try {
    return await moveInStep(moving, first, request, call, restoreRows)
  } catch (error) {
    const ranOut = await asNoRoom(moving, error)
    if (ranOut) return { ok: false, refusal: ranOut }
    throw error
  }
}

async function moveInStep(
  moving: MovingFiles,
  first: Looked,
  request: RestoreRequest,
  call: Call,
  restoreRows: (request: RestoreRequest, call: Call) => Promise<Outcome<Restored>>,
): Promise<Outcome<Restored>> {
  const { portal, journalDirectory } = request
  const move = new Move(
    await beginMove({ portalId: portal.id, root: moving.root, journalDirectory, name: moving.name }),
    () => look(moving, request, call.signal),
    call,
  )
  try {
    await call.observe('files.bring', {
      files: first.files.missing + first.files.newer + first.files.changed,
      bytes: moving.neededBytes,
    })
    await bringFiles(moving, move.intent.newTree, call.signal)
    await call.observe('files.brought')
    const grown = (await move.look()).grown
    const rows = await rowsOf(request)
    const tolerant = { ...rows, consented: { ...rows.consented, toleranceRows: rows.consented.toleranceRows - grown } }
    const restored = await restoreRows(tolerant, { ...call, observe: move.observe })
    if (!restored.ok) {
      await removeMove(move.intent)
      return restored
    }
    return await conclude(move, moving, restored, call)
  } catch (error) {
    await settleThrown(request, move.intent, error)
    throw error
  }
}

/** Rows that stand as they should have no commit to go with: the files then have a decision of their own. */
async function conclude(
  move: Move,
  moving: MovingFiles,
  restored: { ok: true } & Restored,
  call: Call,
): Promise<Outcome<Restored>> {
  if (!move.isDone) {
    await move.look()
    call.signal.throwIfAborted()
    if (!(await call.mayCommit())) {
      await removeMove(move.intent)
      return { ok: false, refusal: { code: 'commit_forbidden', facts: {} } }
    }
    await move.write({ state: 'decided' })
    await move.exchange()
  }
  return { ...restored, files: move.tally, notes: [...restored.notes, ...(await findLate(move, moving))] }
}

/**
 * Files that came between the last look and the exchange: few can, and none can be waited for, since a portal's programs ask nobody before they write. They are
 * in the tree that was put aside, and are told.
 */
async function findLate({ intent, seen }: Move, { listing }: MovingFiles): Promise<string[]> {
  const { lost } = await compareTrees(walkTree(intent.keptTree), each(listing), 0)
  const late = lost.filter(({ entry }) => !seen.has(stateOf(entry))).map(({ entry }) => wordsOf(entry.path))
  if (late.length === 0) return []
  return [`${late.length} files came at the last moment and are in ${intent.keptTree}: ${late.slice(0, 10).join(', ')}`]
}

/** One restore's move, hung on the rows' boundaries. */
class Move {
  intent: MoveIntent
  isDone = false
  tally: Tally = { missing: 0, newer: 0, changed: 0 }
  /** States of the files that would be lost, as they were last looked at. */
  seen: ReadonlySet<string> = new Set()
  private readonly lookNow: () => Promise<Looked>
  private readonly call: Call

  constructor(intent: MoveIntent, lookNow: () => Promise<Looked>, call: Call) {
    this.intent = intent
    this.lookNow = lookNow
    this.call = call
  }

  async look(): Promise<Looked> {
    const looked = await this.lookNow()
    const { missing, newer, changed } = looked.files
    this.tally = { missing, newer, changed }
    this.seen = new Set(looked.lost.map(({ entry }) => stateOf(entry)))
    return looked
  }

  observe = async (boundary: Boundary, detail?: Facts): Promise<void> => {
    if (boundary === 'restore.begin')
      this.intent = { ...this.intent, trace: restoreTraceSchema.parse({ way: 'in_place', ...detail }) }
    if (boundary === 'swap.commit') this.intent = { ...this.intent, trace: restoreTraceSchema.parse({ way: 'swap', ...detail }) }
    if (boundary === 'restore.commit' || boundary === 'swap.commit') await this.write({ state: 'waiting' })
    await this.call.observe(boundary, detail)
    // The last look, before anybody is kept waiting: however many files there are, the pause is that of the rows.
    if (boundary === 'restore.begin' || boundary === 'swap.bar') await this.look()
    if (boundary === 'restore.committed' || boundary === 'swap.committed') await this.exchange()
  }

  async write(change: Partial<MoveIntent>): Promise<void> {
    const intent = { ...this.intent, ...change }
    await writeIntent(intent)
    this.intent = intent
  }

  async exchange(): Promise<void> {
    await this.call.observe('files.exchange')
    await exchangeTrees(this.intent)
    this.isDone = true
    await this.call.observe('files.exchanged')
  }
}

type Looked = TreeDifference & { grown: number }

/** The difference now; files that nobody consented to lose count as rows do (R11, I4). Throws `loss_grew`. */
async function look({ root, listing }: MovingFiles, { consented }: RestoreRequest, signal: AbortSignal): Promise<Looked> {
  const compared = await compareTrees(walkTree(root, signal), each(listing), 0)
  const beyond = beyondConsent(unpackConsent(consented.wiped), compared.lost)
  if (beyond.length <= consented.toleranceRows) return { ...compared, grown: beyond.length }
  const named = beyond.slice(0, 10).map(({ entry }) => wordsOf(entry.path))
  throw new AdapterRefused({ code: 'loss_grew', facts: { files: beyond.length, named, toleranceRows: consented.toleranceRows } })
}

/** What was certainly not committed leaves nothing behind. Of all else `recover` decides, which is asked after every call that breaks. */
async function settleThrown({ portal }: RestoreRequest, intent: MoveIntent, thrown: unknown): Promise<void> {
  if (intent.state === 'making') return removeMove(intent)
  try {
    await settleMove(portal, intent)
  } catch (error) {
    if (thrown instanceof Error && thrown.cause === undefined) thrown.cause = error
  }
}
