import { eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { resolveAlert } from './alerts.ts'
import { markBad, neighboursOf } from './bad-snapshots.ts'
import { type SnapshotRow, snapshotRef } from './catalogue-rows.ts'
import { guarded, type Lease, usualLeaseTimes, withLease } from './lease.ts'
import { manifestSchema, type Verification } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import type { Work } from './work.ts'

export type VerifyResult =
  | { ok: true; verification: Verification; neighbours: SnapshotRow[] }
  | { ok: false; why: 'busy' | 'not_found'; until?: Date }

/**
 * Does the stored copy still hold what its manifest says? One that does not is marked bad and the desk is alerted; its nearest
 * good neighbours are named, to be offered instead (S26). A bad snapshot that verifies again is good again.
 */
export async function verifySnapshot(db: Db, input: { snapshotId: string }, work: Work): Promise<VerifyResult> {
  const [row] = await scoped(db, 'system', (tx) => tx.select().from(snapshots).where(eq(snapshots.id, input.snapshotId)))
  if (!row || (row.state !== 'ready' && row.state !== 'bad')) return { ok: false, why: 'not_found' }
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, row.portalId, row.adapter))
  if (!hand) return { ok: false, why: 'not_found' }
  const request = { portalId: row.portalId, holder: work.workerId, purpose: 'verify' } as const
  const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, async (lease, lost) => {
    const verification = await verifyUnderLease(db, lease, hand, row, AbortSignal.any([work.signal, lost]))
    const near = verification.ok ? [] : await scoped(db, 'system', (tx) => neighboursOf(tx, row))
    return { ok: true, verification, neighbours: near.flatMap((one) => one ?? []) } as const
  })
  return held.ok ? held.value : { ok: false, why: 'busy', until: held.until }
}

/** The same for whoever holds the portal's lease: a run verifies its safety copy before anything is overwritten (R12). */
export async function verifyUnderLease(
  db: Db,
  lease: Lease,
  hand: PortalAtHand,
  row: SnapshotRow,
  signal: AbortSignal,
): Promise<Verification> {
  const ref = snapshotRef(row)
  const manifest = manifestSchema.safeParse(row.manifest)
  const verification: Verification =
    ref && manifest.success
      ? await hand.adapter.verify(hand.ref, ref, manifest.data, signal)
      : { ok: false, problems: [{ schema: '', table: '', problem: 'its manifest is missing' }] }
  await guarded(db, lease, (tx) =>
    verification.ok
      ? markGood(tx, row)
      : markBad(tx, row, { reason: wordsOf(verification.problems), reasonKind: 'check_failed' }),
  )
  return verification
}

async function markGood(tx: Tx, row: SnapshotRow): Promise<void> {
  const verifiedAt = sql`clock_timestamp()`
  await tx
    .update(snapshots)
    .set(row.state === 'bad' ? { state: 'ready', reason: null, reasonKind: null, verifiedAt } : { verifiedAt })
    .where(eq(snapshots.id, row.id))
  await resolveAlert(tx, 'snapshot_bad', row.id)
}

function wordsOf(problems: { schema: string; table: string; problem: string }[]): string {
  const named = problems.slice(0, 5).map(({ schema, table, problem }) => (table ? `${schema}.${table}: ${problem}` : problem))
  return problems.length > named.length ? `${named.join('; ')}; and ${problems.length - named.length} more` : named.join('; ')
}
