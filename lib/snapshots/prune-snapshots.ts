import { and, asc, eq, inArray, lte, notExists, or, sql } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { holds, portals, snapshotBaselines, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type SnapshotRow, snapshotRef } from './catalogue-rows.ts'
import { guarded, type Lease, usualLeaseTimes, withLease } from './lease.ts'
import { portalAtHand } from './portal-at-hand.ts'
import type { Work } from './work.ts'

export type Pruned = {
  pruned: string[]
  busyPortals: string[]
  /** Portals at which it broke: what was decided stays `pruning` and is gone on with next time. */
  failed: { portalId: string; reason: string }[]
}

const HOUR_MS = 3_600_000

/**
 * Removes what is older than the retention, 24 hours a day from the capture's completion (R2, S32), and goes on with what an
 * interrupted prune left. Held snapshots and those of a portal under legal hold stay (I10, S77). Portals somebody works on are passed by.
 */
export async function pruneSnapshots(db: Db, input: { retentionDays: number }, work: Work): Promise<Pruned> {
  const done: Pruned = { pruned: [], busyPortals: [], failed: [] }
  for (const portalId of await portalsWithSomethingToPrune(db, input.retentionDays)) {
    work.signal.throwIfAborted()
    try {
      const held = await pruneUnderLease(db, portalId, input.retentionDays, work)
      if (held.ok) done.pruned.push(...held.value)
      else done.busyPortals.push(portalId)
    } catch (cause) {
      // One portal's broken server must not keep the others' data beyond its time.
      work.signal.throwIfAborted()
      done.failed.push({ portalId, reason: cause instanceof Error ? cause.message : String(cause) })
    }
  }
  return done
}

function pruneUnderLease(db: Db, portalId: string, retentionDays: number, work: Work) {
  const request = { portalId, holder: work.workerId, purpose: 'prune' } as const
  return withLease(db, request, work.leaseTimes ?? usualLeaseTimes, (lease, lost) =>
    prunePortal(db, lease, retentionDays, { ...work, signal: AbortSignal.any([work.signal, lost]) }),
  )
}

async function prunePortal(db: Db, lease: Lease, retentionDays: number, work: Work): Promise<string[]> {
  const pruned: string[] = []
  for (const candidate of await scoped(db, 'system', (tx) => candidates(tx, retentionDays, lease.portalId))) {
    work.signal.throwIfAborted()
    const decided = await guarded(db, lease, (tx) => decide(tx, lease, candidate.id, retentionDays))
    if (!decided) continue
    const ref = snapshotRef(decided)
    const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, lease.portalId, decided.adapter))
    if (!hand) throw new Error(`portal ${lease.portalId} has snapshots and no datastore`)
    // Dropped only after the decision is durable: a kill in between leaves `pruning`, which is never offered and is gone on with.
    await work.observe('prune.decided')
    if (ref) await hand.adapter.prune(hand.ref, ref)
    await work.observe('prune.dropped')
    await guarded(db, lease, async (tx) => {
      await tx.delete(snapshotBaselines).where(eq(snapshotBaselines.snapshotId, decided.id))
      await tx.update(snapshots).set({ state: 'pruned', prunedAt: sql`clock_timestamp()` }).where(eq(snapshots.id, decided.id))
    })
    pruned.push(decided.id)
  }
  return pruned
}

/** One transaction decides against holds: the row is locked, so that placing a hold and pruning come one after the other (S33, I10). */
async function decide(tx: Tx, lease: Lease, snapshotId: string, retentionDays: number): Promise<SnapshotRow | null> {
  const [row] = await tx.select().from(snapshots).where(eq(snapshots.id, snapshotId)).for('update')
  if (!row) return null
  if (row.state === 'pruning') return row
  const [still] = await tx
    .select({ id: snapshots.id })
    .from(snapshots)
    .where(and(eq(snapshots.id, snapshotId), mayGo(tx, retentionDays)))
  if (!still) return null
  const [decided] = await tx
    .update(snapshots)
    .set({ state: 'pruning', leaseToken: lease.token })
    .where(eq(snapshots.id, snapshotId))
    .returning()
  return decided ?? null
}

async function portalsWithSomethingToPrune(db: Db, retentionDays: number): Promise<string[]> {
  const rows = await scoped(db, 'system', (tx) => candidates(tx, retentionDays))
  return [...new Set(rows.map((row) => row.portalId))]
}

function candidates(tx: Tx, retentionDays: number, portalId?: string) {
  return tx
    .select({ id: snapshots.id, portalId: snapshots.portalId })
    .from(snapshots)
    .where(
      and(
        portalId === undefined ? undefined : eq(snapshots.portalId, portalId),
        or(eq(snapshots.state, 'pruning'), mayGo(tx, retentionDays)),
      ),
    )
    .orderBy(asc(snapshots.completedAt))
}

function mayGo(tx: Tx, retentionDays: number) {
  const open = tx
    .select({ id: holds.id })
    .from(holds)
    .where(and(eq(holds.snapshotId, snapshots.id), sql`${holds.releasedAt} is null`, sql`${holds.until} > clock_timestamp()`))
  const legallyHeld = tx
    .select({ id: portals.id })
    .from(portals)
    .where(and(eq(portals.id, snapshots.portalId), eq(portals.legalHold, true)))
  return and(
    inArray(snapshots.state, ['ready', 'bad']),
    lte(snapshots.completedAt, sql`clock_timestamp() - make_interval(secs => ${(retentionDays * 24 * HOUR_MS) / 1000}::float8)`),
    notExists(open),
    notExists(legallyHeld),
  )
}
