import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { datastores, portals, runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { raiseAlert } from './alerts.ts'
import type { Work } from './capture-snapshot.ts'
import { guarded, type Lease, usualLeaseTimes, withLease } from './lease.ts'
import type { Recovered, SnapshotRef } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'

/**
 * The sweeper of captures: finds those whose worker let its lease expire, says so in the row, and tidies what they left on the
 * server (S48, S107). Portals with a live run are the run's to recover. Returns the portals tidied.
 */
export async function recoverSnapshots(db: Db, work: Work): Promise<string[]> {
  const recovered: string[] = []
  for (const portalId of await portalsLeftHalfDone(db)) {
    work.signal.throwIfAborted()
    const request = { portalId, holder: work.workerId, purpose: 'capture' } as const
    const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, async (lease) => {
      const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
      if (hand) await recoverPortal(db, lease, hand)
    })
    if (held.ok) recovered.push(portalId)
  }
  return recovered
}

/** Under the portal's lease, so whatever is half-made there is nobody's any more: lifts bars, removes half-made copies, marks the rows. */
export async function recoverPortal(db: Db, lease: Lease, hand: PortalAtHand): Promise<Recovered> {
  await guarded(db, lease, (tx) => markInterrupted(tx, lease))
  return scoped(db, 'system', async (tx) => {
    // Others on this server may begin nothing new while we look (`registerWork`): what is being made is then either named as busy or dead.
    await tx.select({ id: datastores.id }).from(datastores).where(eq(datastores.id, hand.datastoreId)).for('update')
    const { keep, busy } = await namesOnServer(tx, hand)
    return hand.adapter.recover({ portal: hand.ref, keep, busy })
  })
}

/** Awaited by whoever is about to make a database or bar a portal, before it does: writes its name down where a recovery looks. */
export async function registerWork(tx: Tx, datastoreId: string): Promise<void> {
  await tx.select({ id: datastores.id }).from(datastores).where(eq(datastores.id, datastoreId)).for('share')
}

async function markInterrupted(tx: Tx, lease: Lease): Promise<void> {
  const reason = 'interrupted: the worker that made it went away'
  const marked = await tx
    .update(snapshots)
    .set({ state: 'failed', reason })
    .where(
      and(
        eq(snapshots.portalId, lease.portalId),
        eq(snapshots.state, 'capturing'),
        sql`${snapshots.leaseToken} < ${lease.token}`,
      ),
    )
    .returning({ id: snapshots.id, label: snapshots.label })
  for (const { id, label } of marked) {
    await raiseAlert(tx, {
      kind: 'capture_failed',
      portalId: lease.portalId,
      subject: lease.portalId,
      detail: { snapshotId: id, label, reason },
    })
  }
}

const nameRow = z.object({ name: z.string() })

/** What is finished on the portal's server, and what others are making there right now. */
async function namesOnServer(tx: Tx, hand: PortalAtHand): Promise<{ keep: SnapshotRef[]; busy: string[] }> {
  const kept = await tx
    .select({ id: snapshots.id, databaseName: snapshots.databaseName })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.datastoreId, hand.datastoreId),
        inArray(snapshots.state, ['ready', 'bad', 'pruning']),
        isNotNull(snapshots.databaseName),
      ),
    )
  const busy = z.array(nameRow).parse(
    await tx.execute(sql`
      with others as (select p.id, p.database_name from ${portals} p join portal_leases l on l.portal_id = p.id
                       where p.datastore_id = ${hand.datastoreId} and p.id <> ${hand.portal.id} and l.expires_at > clock_timestamp())
      select database_name as name from others
      union all select s.database_name from ${snapshots} s join others o on o.id = s.portal_id where s.state = 'capturing' and s.database_name is not null
      union all select t.detail->>'databaseName' from run_steps t join ${runs} r on r.id = t.run_id join others o on o.id = r.portal_id
                 where r.state = 'running' and t.detail ? 'databaseName'`),
  )
  return {
    keep: kept.flatMap(({ id, databaseName }) => (databaseName === null ? [] : [{ id, databaseName }])),
    busy: busy.map((row) => row.name),
  }
}

async function portalsLeftHalfDone(db: Db): Promise<string[]> {
  const rows = await scoped(db, 'system', (tx) =>
    tx.execute(sql`
      select distinct s.portal_id as name from ${snapshots} s left join portal_leases l on l.portal_id = s.portal_id
       where s.state = 'capturing'
         and (l.portal_id is null or l.expires_at is null or l.expires_at <= clock_timestamp() or l.token <> s.lease_token)
         and not exists (select from ${runs} r where r.portal_id = s.portal_id and r.state in ('queued', 'running'))`),
  )
  return z
    .array(nameRow)
    .parse(rows)
    .map((row) => row.name)
}
