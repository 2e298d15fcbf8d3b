import { eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { type AdapterName, type SnapshotLabel, snapshotBaselines, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type CaptureReason, reasonOfError, reasonOfRefusal } from '#lib/domain/capture-reasons.ts'
import { captureFailure, raiseAlert, resolveAlert } from './alerts.ts'
import { newestReady, type SnapshotRow, snapshotRefWithBaseline } from './catalogue-rows.ts'
import { isDueAfresh } from './is-due-afresh.ts'
import { guarded, type Lease, LeaseLost, usualLeaseTimes, withLease } from './lease.ts'
import type { AdapterRefusal, Call, Captured, CaptureRequest, Outcome, Place, SnapshotRef } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { recoverPortal } from './recover-snapshots.ts'
import type { Work } from './work.ts'

export type CaptureInput = {
  portalId: string
  label: SnapshotLabel
  note?: string
  /** Whether sessions may be asked to go where there is no other way; `when_needed` unless told. */
  mayBar?: CaptureRequest['mayBar']
  /** Who is to keep it where that is not the datastore's adapter: the portal's second place (R14). */
  keptBy?: AdapterName
  /** As the portal was at this instant (ISO, UTC), where its adapter goes back to any. Absent: as it is now. */
  at?: string
}
export type CaptureResult =
  | { ok: true; snapshot: SnapshotRow }
  /** Another works on the portal (a restore, say): come again after `until` (S42). */
  | { ok: false; why: 'busy'; purpose: string; until: Date }
  | { ok: false; why: 'no_data' }
  | { ok: false; why: 'refused'; refusal: AdapterRefusal; snapshotId: string }

/** How long sessions that are asked to go may take before a physical capture is given up (S105). */
const BAR_TIMEOUT_MS = 15_000
/** Where an online capture would do as well, the portal is not kept waiting for sessions that will not go. */
const BAR_TIMEOUT_AFRESH_MS = 3_000

/**
 * Makes a restore point of a portal, by schedule or by hand. Waits for nobody: a portal somebody works on is `busy`.
 * A refused or failed capture leaves a `failed` row with its reason (the hole in the picker, S27) and raises an alert (R1).
 */
export async function captureSnapshot(db: Db, input: CaptureInput, work: Work): Promise<CaptureResult> {
  const request = { portalId: input.portalId, holder: work.workerId, purpose: 'capture' } as const
  const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, async (lease, lost) => {
    const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, input.portalId, input.keptBy))
    if (!hand) return { ok: false, why: 'no_data' } as const
    await recoverPortal(db, lease, hand)
    return captureUnderLease(
      db,
      lease,
      hand,
      { ...input, mayBar: input.mayBar ?? 'when_needed' },
      { ...work, signal: AbortSignal.any([work.signal, lost]) },
    )
  })
  if (!held.ok) return { ok: false, why: 'busy', purpose: held.purpose, until: held.until }
  return held.value
}

type UnderLease = CaptureInput & { mayBar: CaptureRequest['mayBar']; previous?: SnapshotRef }

/** The same for whoever holds the portal's lease already: a run's safety copy. The row comes first, so that nothing is made that nobody knows of. */
export async function captureUnderLease(
  db: Db,
  lease: Lease,
  hand: PortalAtHand,
  input: UnderLease,
  work: Work,
): Promise<Exclude<CaptureResult, { why: 'busy' | 'no_data' }>> {
  const { row, previous, afresh } = await guarded(db, lease, (tx) => begin(tx, lease, hand, input))
  try {
    await work.observe('capture.written')
    const purpose = input.label === 'safety' ? 'safety' : 'snapshot'
    const place = await hand.adapter.placeOf(hand.ref, purpose, work.signal)
    const made = await captureBy(
      hand,
      {
        portal: hand.ref,
        snapshotId: row.id,
        purpose,
        previous: input.previous ?? previous,
        mayBar: input.mayBar,
        ...(afresh ? { afresh, barTimeoutMs: BAR_TIMEOUT_AFRESH_MS } : { barTimeoutMs: BAR_TIMEOUT_MS }),
        ...(input.at === undefined ? {} : { at: input.at }),
      },
      {
        idempotencyKey: row.id,
        observe: work.observe,
        signal: work.signal,
        mayCommit: () => holds(db, lease),
      },
    )
    if (!made.ok) {
      const { code, facts } = made.refusal
      const why = { reason: `${code} ${JSON.stringify(facts)}`, reasonKind: reasonOfRefusal[code] }
      // Somebody asked for what is not there: nothing is wrong that the desk could mend.
      await guarded(db, lease, (tx) => (code === 'moment_out_of_reach' ? giveUp : fail)(tx, row, why))
      return { ok: false, why: 'refused', refusal: made.refusal, snapshotId: row.id }
    }
    await work.observe('capture.finishing')
    return { ok: true, snapshot: await guarded(db, lease, (tx) => finish(tx, hand, { row, made, place, afresh, at: input.at })) }
  } catch (cause) {
    // Who lost the lease may write nothing: the next holder's recovery marks the row (I15).
    if (cause instanceof LeaseLost) throw cause
    const reason = reasonOf(cause)
    await guarded(db, lease, (tx) =>
      work.signal.aborted
        ? giveUp(tx, row, { reason, reasonKind: 'stopped' })
        : fail(tx, row, { reason, reasonKind: reasonOfError(cause) }),
    )
    throw cause
  }
}

/** An adapter that knows nothing of moments would answer with the portal as it is now. */
async function captureBy({ adapter }: PortalAtHand, request: CaptureRequest, call: Call): Promise<Outcome<Captured>> {
  if (request.at === undefined || adapter.capabilities.anyMoment) return adapter.capture(request, call)
  return { ok: false, refusal: { code: 'moment_out_of_reach', facts: { at: request.at, from: null, to: null } } }
}

async function begin(tx: Tx, lease: Lease, hand: PortalAtHand, input: UnderLease) {
  // What came before a moment is not what was captured last.
  const parent = input.at === undefined ? await newestReady(tx, hand.portal.id, hand.adapterName) : null
  const [row] = await tx
    .insert(snapshots)
    .values({
      portalId: hand.portal.id,
      datastoreId: hand.datastoreId,
      adapter: hand.adapterName,
      inSecondPlace: hand.isSecondPlace,
      label: input.label,
      note: input.note ?? null,
      ofMoment: input.at !== undefined,
      parentId: parent?.id ?? null,
      startedAt: sql`clock_timestamp()`,
      leaseToken: lease.token,
    })
    .returning()
  if (!row) throw new Error('an inserted snapshot row did not come back')
  const previous = parent ? await snapshotRefWithBaseline(tx, parent) : null
  return { row, previous, afresh: input.label === 'daily' && input.mayBar !== 'never' && (await isDueAfresh(tx, hand)) }
}

type Finished = { row: SnapshotRow; made: Captured; place: Place; afresh: boolean; at: string | undefined }

async function finish(tx: Tx, hand: PortalAtHand, { row, made, place, afresh, at }: Finished): Promise<SnapshotRow> {
  const { manifest } = made
  const [done] = await tx
    .update(snapshots)
    .set({
      state: 'ready',
      databaseName: made.snapshot.databaseName,
      way: made.way,
      completedAt: at === undefined ? sql`clock_timestamp()` : new Date(at),
      captureMs: Math.round(made.captureMs),
      barredMs: Math.round(made.barredMs),
      sessionsEnded: made.sessionsEnded,
      tableCount: manifest.tables.length,
      rowCount: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
      byteCount: manifest.tables.reduce((sum, table) => sum + table.bytes, 0),
      manifest,
      changes: made.changes,
      place,
      reason: made.physicalBecause,
      reasonKind: whyWhole(made, afresh),
    })
    .where(eq(snapshots.id, row.id))
    .returning()
  if (!done) throw new Error(`snapshot ${row.id} vanished while it was made`)
  if (made.baseline !== null)
    await tx.insert(snapshotBaselines).values({ snapshotId: row.id, baseline: Buffer.from(made.baseline) })
  // That a moment can be gone back to says nothing of today's.
  if (row.ofMoment) return done
  await resolveAlert(tx, captureFailure(row), row.portalId)
  if (row.label !== 'safety') await resolveAlert(tx, hand.isSecondPlace ? 'second_place_late' : 'capture_missed', row.portalId)
  return done
}

function whyWhole({ way, physicalBecause }: Captured, afresh: boolean): CaptureReason | null {
  if (physicalBecause !== null) return 'copied_whole'
  return afresh && way === 'physical' ? 'copied_afresh' : null
}

type Why = { reason: string; reasonKind: CaptureReason }

/** The hole in the picker, with its reason, and the alert of R1. */
async function fail(tx: Tx, row: SnapshotRow, why: Why): Promise<void> {
  await giveUp(tx, row, why)
  await raiseAlert(tx, {
    kind: captureFailure(row),
    portalId: row.portalId,
    subject: row.portalId,
    detail: { snapshotId: row.id, label: row.label, ...why },
  })
}

/** Stopped from outside (a deploy, a cancelled run): nobody needs to be alarmed. */
async function giveUp(tx: Tx, row: SnapshotRow, why: Why): Promise<void> {
  await tx
    .update(snapshots)
    .set({ state: 'failed', ...why })
    .where(eq(snapshots.id, row.id))
}

async function holds(db: Db, lease: Lease): Promise<boolean> {
  try {
    await guarded(db, lease, async () => undefined)
    return true
  } catch (cause) {
    if (cause instanceof LeaseLost) return false
    throw cause
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
