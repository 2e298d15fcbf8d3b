import { and, eq, isNull, notInArray } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { consents, previews, proofs, runs, ticketWatchers, votes } from '#db/schema/index.ts'
import type { Effect, EffectParams } from '#lib/domain/effects.ts'
import type { Instant } from '#lib/domain/instants.ts'
import type { TicketLife } from '#lib/domain/ticket-life.ts'
import type { Timer } from '#lib/domain/timers.ts'
import { timerChanges, timersOf } from '#lib/domain/timers.ts'
import { extendHold } from '#lib/snapshots/extend-hold.ts'
import { placeHold } from '#lib/snapshots/place-hold.ts'
import { releaseHold } from '#lib/snapshots/release-hold.ts'
import { askRelease, dropRelease, reportRelease } from '#lib/snapshots/release-paused.ts'
import { cancelJob, enqueueJob } from './enqueue-job.ts'
import type { Scene } from './scene.ts'
import { sendTicketMail } from './ticket-mail.ts'

/** The snapshot is going or gone: whoever called rolls back and says so. */
export class SnapshotGone extends Error {
  override readonly name = 'SnapshotGone'
  readonly snapshotId: string
  constructor(snapshotId: string) {
    super(`snapshot ${snapshotId} cannot be held any more`)
    this.snapshotId = snapshotId
  }
}

/** Carries out one effect of a transition as rows and jobs of its transaction (I12); `scene` is the ticket as it is afterwards. */
export async function carryOut(tx: Tx, effect: Effect, scene: Scene): Promise<void> {
  const { ticket, event } = scene
  const of = { ticketId: ticket.id, portalId: ticket.portalId }
  switch (effect.type) {
    case 'enqueueCheckTicket':
      return enqueueJob(tx, 'checkTicket', { ticketId: ticket.id }, { key: `ticket:${ticket.id}:check` })
    case 'enqueueCheckPlan':
      return enqueueJob(tx, 'checkPlan', { ticketId: ticket.id }, { key: `ticket:${ticket.id}:plan` })
    case 'sendMail':
      return sendTicketMail(tx, effect.params, scene)
    case 'placeHold':
    case 'extendHold':
      return hold(tx, effect, ticket.id)
    case 'releaseHold':
      await releaseHold(tx, { ticketId: ticket.id, snapshotId: effect.params.snapshotId })
      return
    case 'releaseAllHolds':
      await releaseHold(tx, { ticketId: ticket.id })
      return
    case 'recordConsent':
      await tx.insert(consents).values({ ...of, ...effect.params, givenAt: new Date(event.at) })
      return
    case 'voidConsent':
      return voidConsent(tx, ticket.id, effect.params, event.at)
    case 'confirmProof':
      await tx
        .update(proofs)
        .set({ confirmedBy: effect.params.confirmedBy, confirmedAt: new Date(event.at) })
        .where(eq(proofs.id, effect.params.proofId))
      return
    case 'recordVote':
      return recordVote(tx, { ...of, ...effect.params, at: new Date(event.at) })
    case 'voidVotes':
      return voidVotes(tx, ticket.id, effect.params, event.at)
    case 'createRun':
      return createRun(tx, effect.params, scene)
    case 'requestRunCancel':
      await tx
        .update(runs)
        .set({ cancelRequestedAt: new Date(event.at) })
        .where(eq(runs.id, effect.params.runId))
      return
    case 'reportRun':
      // A final outcome may not be lost: the run is told to have reached the ticket in the same commit.
      await tx
        .update(runs)
        .set({ reportedAt: new Date(event.at) })
        .where(eq(runs.id, effect.params.runId))
      return
    case 'releasePaused':
      return askRelease(tx, effect.params.runId)
    case 'dropRelease':
      return dropRelease(tx, effect.params.runId)
    case 'reportRelease':
      return reportRelease(tx, effect.params.runId)
    case 'addWatcher':
      await tx
        .insert(ticketWatchers)
        .values({ ticketId: ticket.id, ...effect.params })
        .onConflictDoNothing()
      return
  }
}

/** Timers are jobs with a key of their own: setting one anew moves it, and they survive any restart. */
export async function setTimers(tx: Tx, ticketId: string, before: readonly Timer[], after: TicketLife): Promise<void> {
  const { set, stop } = timerChanges(before, timersOf(after.state, after.context))
  for (const { timer, due } of set) {
    await enqueueJob(tx, 'ticketTimer', { ticketId, timer, due }, { key: `ticket:${ticketId}:${timer}`, runAt: due })
  }
  for (const timer of stop) await cancelJob(tx, `ticket:${ticketId}:${timer}`)
}

async function hold(
  tx: Tx,
  { type, params }: Extract<Effect, { type: 'placeHold' | 'extendHold' }>,
  ticketId: string,
): Promise<void> {
  const input = { ticketId, snapshotId: params.snapshotId, until: new Date(params.until) }
  // A hold that ran out a moment ago may be placed again as long as the snapshot is still there.
  const held = (type === 'extendHold' && (await extendHold(tx, input))) || (await placeHold(tx, input))
  if (!held) throw new SnapshotGone(params.snapshotId)
}

async function voidConsent(
  tx: Tx,
  ticketId: string,
  { purpose, reason }: EffectParams['voidConsent'],
  at: Instant,
): Promise<void> {
  await tx
    .update(consents)
    .set({ voidedAt: new Date(at), voidReason: reason })
    .where(and(eq(consents.ticketId, ticketId), eq(consents.purpose, purpose), isNull(consents.voidedAt)))
}

/** One vote an approver and digest: after a withdrawn consent that is given again, the same person may vote on the same digest anew. */
async function recordVote(tx: Tx, vote: typeof votes.$inferInsert): Promise<void> {
  const { decision, reason, method, at } = vote
  await tx
    .insert(votes)
    .values(vote)
    .onConflictDoUpdate({
      target: [votes.ticketId, votes.digest, votes.approverId],
      set: { decision, reason, method, at, voidedAt: null },
    })
}

async function voidVotes(tx: Tx, ticketId: string, { exceptApproverIds }: EffectParams['voidVotes'], at: Instant): Promise<void> {
  const others = exceptApproverIds?.length ? notInArray(votes.approverId, exceptApproverIds) : undefined
  await tx
    .update(votes)
    .set({ voidedAt: new Date(at) })
    .where(and(eq(votes.ticketId, ticketId), isNull(votes.voidedAt), others))
}

/** The run as it was agreed: scope, snapshot, preview and digest are copied, and the way is the one that the preview found. */
async function createRun(tx: Tx, params: EffectParams['createRun'], { ticket, life }: Scene): Promise<void> {
  const { runId, ...run } = params
  const [preview] = await tx.select({ way: previews.way }).from(previews).where(eq(previews.id, run.previewId))
  if (!preview?.way) throw new Error(`preview ${run.previewId} has no way to be carried out`)
  await tx
    .insert(runs)
    .values({ id: runId, ticketId: ticket.id, portalId: ticket.portalId, scope: life.context.scope, way: preview.way, ...run })
  await enqueueJob(tx, 'executeRun', { runId }, { key: `run:${runId}` })
}
