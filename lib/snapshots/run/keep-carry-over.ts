import { and, eq } from 'drizzle-orm'
import { extractedFiles, runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { isWhole } from '#lib/domain/policy/policy.ts'
import { snapshotRefWithBaseline } from '../catalogue-rows.ts'
import { guarded, LeaseLost } from '../lease.ts'
import { AdapterRefused, manifestSchema, type SnapshotRef } from '../port.ts'
import { type PortalAtHand, portalAtHand } from '../portal-at-hand.ts'
import { inHours, type MadeFiles, makeFiles } from './make-files.ts'
import { type LostFilesOrder, makeLostFiles } from './make-lost-files.ts'
import { CarryOverFailed } from './outcome.ts'
import type { RunContext } from './run-context.ts'

/** No room for the files is an expected no; its reason is for the desk. */
export type CarriedOver = { ok: true } | Extract<MadeFiles, { ok: false }>

/**
 * Step `carryOver`: what the restore will wipe or overwrite is read from the safety copy into files for the portal's people, before anything is
 * locked. Without them nothing is touched. One a run: a worker that takes over after a kill makes it anew, under another name.
 */
export async function keepCarryOver(context: RunContext, safety: SnapshotRef): Promise<CarriedOver> {
  const { books, work, signal } = context
  if (!carriesOver(context) || (await books.wasDone('carryOver'))) return { ok: true }
  await books.begin('carryOver')
  try {
    const made = await carryOver(context, safety)
    if (!made.ok) return made
    const lost = await makeLostFiles(context, { safety, undone: await filesOfUndone(context), hours: hoursKept(context) })
    if (!lost.ok) return lost
    await books.done('carryOver', { ...made.told, ...(lost.told === null ? {} : { files: lost.told }) })
  } catch (cause) {
    if (cause instanceof LeaseLost || signal.aborted) throw cause
    if (cause instanceof AdapterRefused) throw cause
    throw new CarryOverFailed(cause)
  }
  await work.observe('run.carriedOver')
  return { ok: true }
}

/**
 * After the commit. Where people wrote between the safety copy and the lock, another copy has taken its place (a swap keeps the replaced
 * database itself): the files are made again from that one, so that they hold exactly what went. The restore is done; a failure of this only
 * leaves the files of a moment before, and the step's detail says so.
 */
export async function settleCarryOver(context: RunContext, safetySnapshotId: string): Promise<void> {
  const { db, run, lease } = context
  if (!carriesOver(context)) return
  const ofRows = and(eq(extractedFiles.runId, run.id), eq(extractedFiles.kind, 'carry_over'))
  const [kept] = await scoped(db, 'system', (tx) => tx.select().from(extractedFiles).where(ofRows))
  const known = kept?.sourceSnapshotId ?? (await sourceOfEmpty(context))
  if (known !== safetySnapshotId) {
    try {
      const safety = await refOf(context, safetySnapshotId)
      const made = safety ? await carryOver({ ...context, signal: AbortSignal.timeout(AGAIN_AT_MOST_MS) }, safety) : null
      await note(context, made?.ok ? made.told : { notMadeAgain: made?.noRoom ?? 'the safety copy is not there' })
    } catch (cause) {
      if (cause instanceof LeaseLost) throw cause
      await note(context, { notMadeAgain: cause instanceof Error ? cause.message : String(cause) })
    }
  }
  // The undo window begins now.
  await guarded(db, lease, (tx) =>
    tx
      .update(extractedFiles)
      .set({ expiresAt: inHours(hoursKept(context)) })
      .where(eq(extractedFiles.runId, run.id)),
  )
}

/** What was learnt of the rows; of the portal's files it stays as it was. */
async function note({ books }: RunContext, ofRows: Record<string, unknown>): Promise<void> {
  const before = await books.detailOf('carryOver')
  await books.note('carryOver', { ...ofRows, ...(before?.files === undefined ? {} : { files: before.files }) })
}

/** A put-back wipes nothing, and what its undo takes is in the restore point still. */
function carriesOver({ hand, putBack }: RunContext): boolean {
  return hand.adapter.capabilities.extract && putBack === null
}

const AGAIN_AT_MOST_MS = 10 * 60_000

async function carryOver(context: RunContext, safety: SnapshotRef): Promise<MadeFiles> {
  const undone = await restorePointOfUndone(context)
  if (undone === null) return carryOverAgainst(context, safety, [])
  try {
    return await carryOverAgainst({ ...context, hand: undone.hand }, safety, [undone.point])
  } catch (cause) {
    // An undo hangs on nothing but the portal's server: where that point cannot be read, all that the undo takes away is written.
    if (!(cause instanceof AdapterRefused)) throw cause
    return carryOverAgainst(context, safety, [])
  }
}

function carryOverAgainst(context: RunContext, safety: SnapshotRef, alsoAgainst: SnapshotRef[]): Promise<MadeFiles> {
  return makeFiles(context, {
    kind: 'carry_over',
    source: safety,
    what: { kind: 'difference', against: [context.snapshot, ...alsoAgainst], scope: wholeScope(context) },
    hours: hoursKept(context),
    typedSince: alsoAgainst.length > 0,
  })
}

function wholeScope({ run }: RunContext): 'crm' | 'full' {
  if (!isWhole(run.scope)) throw new Error(`a run of the scope ${run.scope} wipes nothing that could be carried over`)
  return run.scope
}

/** The end of the undo window, or as long as the policy keeps files: whichever is later. */
function hoursKept({ carryOver: { undoWindowHours, days }, run }: RunContext): number {
  return Math.max(run.kind === 'restore' ? undoWindowHours : 0, days * 24)
}

/** An undo takes away what the restore brought back, too, but that lives on in the restore point: against both, what was typed since is left. */
async function restorePointOfUndone({
  db,
  run: { undoesRunId },
}: RunContext): Promise<{ point: SnapshotRef; hand: PortalAtHand; holdsFiles: boolean } | null> {
  if (undoesRunId === null) return null
  return scoped(db, 'system', async (tx) => {
    const [found] = await tx
      .select({ snapshot: snapshots })
      .from(runs)
      .innerJoin(snapshots, eq(snapshots.id, runs.snapshotId))
      .where(and(eq(runs.id, undoesRunId), eq(snapshots.state, 'ready')))
    if (!found) return null
    const { snapshot } = found
    const [point, hand] = [
      await snapshotRefWithBaseline(tx, snapshot),
      await portalAtHand(tx, snapshot.portalId, snapshot.adapter),
    ]
    return point && hand && { point, hand, holdsFiles: manifestSchema.parse(snapshot.manifest).files !== undefined }
  })
}

/** Null where the restore moved no files: then whatever the undo takes away came since. */
async function filesOfUndone(context: RunContext): Promise<LostFilesOrder['undone']> {
  const undone = await restorePointOfUndone(context)
  return undone?.holdsFiles ? undone : null
}

async function refOf({ db }: RunContext, snapshotId: string): Promise<SnapshotRef | null> {
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx.select().from(snapshots).where(eq(snapshots.id, snapshotId))
    return row?.state === 'ready' ? snapshotRefWithBaseline(tx, row) : null
  })
}

/** Where nothing was to be wiped there is no row, only the step's detail. */
async function sourceOfEmpty({ books }: RunContext): Promise<string | null> {
  const detail = await books.detailOf('carryOver')
  return typeof detail?.sourceSnapshotId === 'string' ? detail.sourceSnapshotId : null
}
