import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { type AdapterName, runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { CaptureReason } from '#lib/domain/capture-reasons.ts'
import { captureFailure, raiseAlert } from './alerts.ts'
import { guarded, type Lease, usualLeaseTimes, withLease } from './lease.ts'
import type { Recovered, SnapshotRef } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { adapterNames } from './registry.ts'
import type { Work } from './work.ts'

/**
 * The sweeper of captures: finds those whose worker let its lease expire, says so in the row, and tidies what they left on the
 * server (S48, S107). Portals with a live run are the run's to recover. Returns the portals tidied.
 */
export async function recoverSnapshots(db: Db, work: Work): Promise<string[]> {
  const recovered: string[] = []
  for (const { portalId, adapter } of await leftHalfDone(db)) {
    work.signal.throwIfAborted()
    const request = { portalId, holder: work.workerId, purpose: 'capture' } as const
    const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, async (lease) => {
      const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId, adapter))
      if (hand) await recoverPortal(db, lease, hand)
    })
    if (held.ok && !recovered.includes(portalId)) recovered.push(portalId)
  }
  return recovered
}

/** Under the portal's lease, so whatever is half-made there is nobody's any more: lifts bars, removes half-made copies, marks the rows. */
export async function recoverPortal(db: Db, lease: Lease, hand: PortalAtHand): Promise<Recovered> {
  await guarded(db, lease, (tx) => markInterrupted(tx, lease))
  const keep = await scoped(db, 'system', (tx) => keptCopies(tx, hand.portal.id))
  const recovered = await hand.adapter.recover({ portal: hand.ref, keep, busy: [] })
  // Finished, but its worker died before it could say so: the row says interrupted, and nobody will ever ask for it.
  for (const { portalId, id, databaseName } of recovered.unclaimed) {
    if (portalId === hand.portal.id) await hand.adapter.prune(hand.ref, { id, databaseName })
  }
  return recovered
}

async function markInterrupted(tx: Tx, lease: Lease): Promise<void> {
  const reason = 'interrupted: the worker that made it went away'
  const reasonKind: CaptureReason = 'interrupted'
  const marked = await tx
    .update(snapshots)
    .set({ state: 'failed', reason, reasonKind })
    .where(
      and(
        eq(snapshots.portalId, lease.portalId),
        eq(snapshots.state, 'capturing'),
        sql`${snapshots.leaseToken} < ${lease.token}`,
      ),
    )
    .returning({ id: snapshots.id, label: snapshots.label, inSecondPlace: snapshots.inSecondPlace })
  for (const { id, label, inSecondPlace } of marked) {
    await raiseAlert(tx, {
      kind: captureFailure({ inSecondPlace }),
      portalId: lease.portalId,
      subject: lease.portalId,
      detail: { snapshotId: id, label, reason, reasonKind },
    })
  }
}

async function keptCopies(tx: Tx, portalId: string): Promise<SnapshotRef[]> {
  const kept = await tx
    .select({ id: snapshots.id, databaseName: snapshots.databaseName })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.portalId, portalId),
        inArray(snapshots.state, ['ready', 'bad', 'pruning']),
        isNotNull(snapshots.databaseName),
      ),
    )
  return kept.flatMap(({ id, databaseName }) => (databaseName === null ? [] : [{ id, databaseName }]))
}

const leftRow = z.object({ portal_id: z.string(), adapter: z.enum(adapterNames) })

async function leftHalfDone(db: Db): Promise<{ portalId: string; adapter: AdapterName }[]> {
  const rows = await scoped(db, 'system', (tx) =>
    tx.execute(sql`
      select distinct s.portal_id, s.adapter from ${snapshots} s left join portal_leases l on l.portal_id = s.portal_id
       where s.state = 'capturing'
         and (l.portal_id is null or l.expires_at is null or l.expires_at <= clock_timestamp() or l.token <> s.lease_token)
         and not exists (select from ${runs} r where r.portal_id = s.portal_id and r.state in ('queued', 'running'))`),
  )
  return z
    .array(leftRow)
    .parse(rows)
    .map(({ portal_id: portalId, adapter }) => ({ portalId, adapter }))
}
