import { hasJournal } from '#lib/difference/journal.ts'
import { adoptReplaced } from './adopt-replaced.ts'
import { journalDirectoryOf } from './journal-of.ts'
import { settleCarryOver } from './keep-carry-over.ts'
import { settlePaused } from './keep-paused.ts'
import type { RunOutcome } from './outcome.ts'
import { rebaselineSnapshots } from './rebaseline-snapshots.ts'
import { type RunRow, traceOf } from './run-books.ts'
import type { RunContext } from './run-context.ts'

const ASK_AGAIN_MS = 100
/** A backend that was told to go rolls back; a big transaction takes a while. */
const GIVE_UP_AFTER_MS = 60_000

/**
 * What became of an attempt whose worker is gone or whose connection broke: first its backend in the portal is ended, so that it can do
 * nothing more (S49), then the server is asked (S50). The outcome if it was committed; null when it left nothing and may be tried again.
 */
export async function learnFate(context: RunContext, run: RunRow): Promise<RunOutcome | null> {
  const kept = traceOf(run)
  if (!kept) return null
  const { hand } = context
  const deadline = performance.now() + GIVE_UP_AFTER_MS
  for (;;) {
    await hand.adapter.endBackend(hand.ref, kept.backend)
    const fate = await hand.adapter.whatBecame(hand.ref, kept.trace)
    if (fate === 'rolled_back') {
      await context.books.update({ portalXid: null, backendPid: null, backendStart: null, swap: null })
      return null
    }
    if (fate === 'committed') return committed(context, run)
    if (fate === 'unknown' || performance.now() > deadline) {
      // Never guessed and never redone: a person must look.
      return {
        kind: 'failed',
        failure: 'unproved',
        reason: `what became of transaction ${kept.trace.xid} is ${fate}`,
        refusal: null,
      }
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
}

/** The restore was done, its worker did not live to say so: counts are those of the preview, which the commit was bound to. */
async function committed(context: RunContext, run: RunRow): Promise<RunOutcome> {
  const kept = traceOf(run)
  const safetySnapshotId = kept?.trace.way === 'swap' ? await adoptReplaced(context, kept.trace.keptName) : run.safetySnapshotId
  if (safetySnapshotId === null) throw new Error(`run ${run.id} was committed without a safety copy`)
  await context.books.committed()
  await settleCarryOver(context, safetySnapshotId)
  const settled = await settlePaused(context, safetySnapshotId)
  const rebaselined = await rebaselineSnapshots(context, kept?.trace ?? null)
  return {
    kind: 'succeeded',
    safetySnapshotId,
    report: {
      total: context.total,
      tables: [],
      edges: [],
      sequences: [],
      notes: [...settled.notes, ...rebaselined.notes],
      paused: settled.paused,
      ...(context.files === null ? {} : { files: context.files, filesFrom: journalDirectoryOf(context, run) }),
      proof: null,
      learntAfterwards: true,
      journalDirectory: await keptJournal(context, run),
    },
  }
}

/** What an undo will need: of every restore in place, and of a swap that wrote down which references it emptied. */
export async function keptJournal(context: RunContext, run: RunRow): Promise<string | null> {
  const directory = journalDirectoryOf(context, run)
  return run.way === 'in_place' || (await hasJournal(directory)) ? directory : null
}
