import { mkdir, rm } from 'node:fs/promises'
import { LeaseLost } from '../lease.ts'
import type { CompareRequest, Outcome, Restored, RestoreRequest, SnapshotRef, Tally } from '../port.ts'
import { adoptReplaced } from './adopt-replaced.ts'
import { extractSteps } from './extract-steps.ts'
import { journalDirectoryOf } from './journal-of.ts'
import { keepCarryOver, settleCarryOver } from './keep-carry-over.ts'
import { keepPaused, settlePaused } from './keep-paused.ts'
import { keepSafetyCopy } from './keep-safety-copy.ts'
import { keptJournal } from './learn-fate.ts'
import { watchRestore } from './observe-restore.ts'
import { mayPass, outcomeOf, type RunOutcome, type RunReport, type Stale } from './outcome.ts'
import { rebaselineSnapshots } from './rebaseline-snapshots.ts'
import { portScope, type RunContext } from './run-context.ts'

/**
 * The steps of a run in order, each passed over when an earlier worker has done it: announce → safetyCopy → carryOver → rehearse → lock … commit →
 * prove → release. `again`: a no that may be a yes a moment later, and attempts are left.
 */
export async function runSteps(context: RunContext): Promise<RunOutcome | 'again'> {
  if (context.extract !== null) return extractSteps(context)
  // What only adds records interrupts nobody: those who are to know of it are told by its mails.
  if (context.putBack === null) await announce(context)
  const kept = await keepSafetyCopy(context)
  if (!kept.ok) return refused(context, kept.refusal, 'safety_copy')
  const carried = await keepCarryOver(context, kept.safety)
  if (!carried.ok) return { kind: 'failed', failure: 'disk_full', reason: carried.noRoom, refusal: null }
  await keepPaused(context, kept.safety)
  const moved = await movedSinceConsent(context)
  if (moved) return { kind: 'stale', refusal: moved }
  const rehearsed = await rehearse(context, kept.safety)
  if (!rehearsed.ok) return refused(context, rehearsed.refusal)
  const restored = await restore(context, kept.safety)
  if (!restored.ok) return refused(context, restored.refusal)
  return conclude(context, restored)
}

async function announce({ run, books, work, signal }: RunContext): Promise<void> {
  signal.throwIfAborted()
  if (await books.wasDone('announce')) return
  await books.begin('announce')
  await work.announce?.(run)
  await books.done('announce')
  await work.observe('run.announced')
}

/** The whole restore on a clone of the safety copy: what would refuse it refuses here, named, while nobody waits (S99). */
async function rehearse(
  context: RunContext,
  safety: SnapshotRef,
): Promise<{ ok: true } | Extract<Outcome<object>, { ok: false }>> {
  const { hand, run, books, work, signal } = context
  if (await books.wasDone('rehearse')) return { ok: true }
  await books.begin('rehearse')
  const key = `${run.id}:rehearse`
  const rehearsed = await hand.adapter.rehearse(requestOf(context, safety), {
    idempotencyKey: key,
    observe: work.observe,
    signal,
    mayCommit: async () => true,
  })
  if (!rehearsed.ok) return rehearsed
  const { writePauseMs, offlineMs, rowsMoved, notes } = rehearsed
  await books.done('rehearse', { writePauseMs, offlineMs, rowsMoved, notes })
  await work.observe('run.rehearsed')
  return { ok: true }
}

/** The adapter's one call: lock (or bar) → compare → apply → verify → commit. A no to the last question is thrown as its reason. */
async function restore(context: RunContext, safety: SnapshotRef): Promise<Outcome<Restored>> {
  const { hand, run } = context
  const request = requestOf(context, safety)
  await rm(request.journalDirectory, { recursive: true, force: true })
  await mkdir(request.journalDirectory, { recursive: true, mode: 0o700 })
  const watched = watchRestore(context, safety, `${run.id}:${run.attempts}`)
  const restored = await hand.adapter[run.kind === 'undo' ? 'undo' : 'restore'](request, watched.call)
  if (restored.ok || restored.refusal.code !== 'commit_forbidden') return restored
  throw watched.forbiddenBecause() ?? new LeaseLost(`run ${run.id} was not allowed to commit`)
}

/**
 * Of a put-back: is what it would bring, and what is in its way, still exactly what was consented to (S72, R11)? Asked before anything is locked; under the
 * lock the engine refuses whatever comes after.
 */
async function movedSinceConsent(context: RunContext): Promise<Stale | null> {
  const { hand, putBack, consented, signal } = context
  if (putBack === null) return null
  const { digest, refusals, total } = await hand.adapter.compare(comparisonOf(context), signal)
  if (digest === consented.digest) return null
  if (refusals.inPlace?.code === 'put_back_conflicts') return { code: 'put_back_conflicts', facts: refusals.inPlace.facts }
  const rows = total.missing + total.newer + total.changed
  return { code: 'consent_stale', facts: { rows, consentedRows: context.total.missing + context.total.newer } }
}

/** The run's comparison as nobody is told it: counts and the fingerprint. */
function comparisonOf({ hand, snapshot, run, putBack }: RunContext): CompareRequest {
  return {
    portal: hand.ref,
    snapshot,
    scope: portScope(run.scope),
    columns: [],
    examplesPerTable: 0,
    edgeHandling: hand.portal.edgeHandling,
    ...(putBack === null ? {} : { putBack }),
  }
}

function requestOf(context: RunContext, safety: SnapshotRef): RestoreRequest {
  const { hand, snapshot, run, consented, giveBackFrom, limits, putBack } = context
  if (run.way === 'files') throw new Error(`run ${run.id} makes files and restores nothing`)
  return {
    portal: hand.ref,
    snapshot,
    safety,
    scope: portScope(run.scope),
    way: run.way,
    edgeHandling: hand.portal.edgeHandling,
    consented,
    journalDirectory: journalDirectoryOf(context, run),
    giveBackFrom: putBack === null ? giveBackFrom : null,
    ...(putBack === null ? {} : { putBack }),
    limits: { lockWaitMs: limits.lockWaitMs, lockHeldMs: limits.lockHeldMs },
  }
}

function refused(context: RunContext, refusal: Parameters<typeof outcomeOf>[0], failure?: 'safety_copy'): RunOutcome | 'again' {
  if (mayPass(refusal) && context.run.attempts < context.limits.attempts) return 'again'
  const outcome = outcomeOf(refusal)
  return failure && outcome.kind === 'failed' && outcome.failure === 'refused' ? { ...outcome, failure } : outcome
}

async function conclude(context: RunContext, restored: Restored): Promise<RunOutcome> {
  const { run, books, work } = context
  const replaced = restored.replaced ? await adoptReplaced(context, restored.replaced.databaseName) : null
  const safetySnapshotId = replaced ?? (await books.safetySnapshotId())
  if (safetySnapshotId === null) throw new Error(`run ${run.id} was committed without a safety copy`)
  await work.observe('run.adopted')
  await books.update({ writePauseMs: Math.round(restored.writePauseMs), offlineMs: Math.round(restored.offlineMs) })
  await settleCarryOver(context, safetySnapshotId)
  const settled = await settlePaused(context, safetySnapshotId)
  const rebaselined = await rebaselineSnapshots(context, restored.trace)
  const proof = await prove(context)
  await work.observe('run.proved')
  await books.begin('release')
  await books.done('release')
  const { total, tables, edges, sequences, files } = restored
  const notes = [...restored.notes, ...settled.notes, ...rebaselined.notes]
  const journalDirectory = await keptJournal(context, run)
  return {
    kind: 'succeeded',
    safetySnapshotId,
    report: {
      total,
      tables,
      edges,
      sequences,
      notes,
      proof,
      journalDirectory,
      ...(files === undefined ? {} : { files: tallyOf(files), filesFrom: journalDirectoryOf(context, run) }),
      paused: settled.paused,
      learntAfterwards: false,
    },
  }
}

/**
 * Compared once more without any lock. What was written was verified before the commit; this proves it from outside. People write on
 * meanwhile, so a difference is told, not judged. A proof that cannot be made changes nothing: the restore is done.
 */
async function prove(context: RunContext): Promise<RunReport['proof']> {
  const { hand, books } = context
  await books.begin('prove')
  try {
    const { total, files } = await hand.adapter.compare(comparisonOf(context), AbortSignal.timeout(PROOF_AT_MOST_MS))
    const proof = {
      equal: isNothing(total) && (typeof files !== 'object' || isNothing(files)),
      since: total,
      ...(typeof files === 'object' ? { files: tallyOf(files) } : {}),
    }
    await books.done('prove', proof)
    return proof
  } catch (cause) {
    if (cause instanceof LeaseLost) throw cause
    await books.done('prove', { notProved: cause instanceof Error ? cause.message : String(cause) })
    return null
  }
}

const isNothing = ({ missing, newer, changed }: Tally): boolean => missing + newer + changed === 0
const tallyOf = ({ missing, newer, changed }: Tally): Tally => ({ missing, newer, changed })

const PROOF_AT_MOST_MS = 10 * 60_000
