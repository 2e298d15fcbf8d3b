import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { raiseAlert, resolveAlert } from './alerts.ts'
import { newestReady, type SnapshotRow, snapshotRef } from './catalogue-rows.ts'
import { guarded, type Lease, usualLeaseTimes, withLease } from './lease.ts'
import type { AdapterRefusal, Outcome, Rehearsed, RestoreRequest, SnapshotRef } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { adapterNames } from './registry.ts'
import { verifyUnderLease } from './verify-snapshot.ts'
import type { Work } from './work.ts'

/** Each datastore's oldest restore point is proved this often; a few hours less, so that a weekly look never comes just too early. */
const DRILL_EVERY_HOURS = 7 * 24 - 6

export type Drilled =
  | { snapshotId: string; outcome: 'proven'; recoveryMs: number }
  | { snapshotId: string; outcome: 'failed'; reason: string }
  /** Somebody works on the portal: the next look comes back to it. */
  | { snapshotId: string; outcome: 'busy' }

/** Where scratch files of a drill go; they are gone when it ends. */
export type DrillWork = Work & { scratchDirectory: string }

const LIMITS: RestoreRequest['limits'] = { lockWaitMs: 2_000, lockHeldMs: 600_000 }

/**
 * A backup that nobody has restored is a hope. Once a week the oldest restore point of each datastore is checked against its manifest and restored
 * whole, onto a copy of the newest one; when it was proved and how long that took stands on the point from then on. A failure alarms the desk.
 */
export async function drillSnapshots(db: Db, work: DrillWork): Promise<Drilled[]> {
  const drilled: Drilled[] = []
  for (const row of await scoped(db, 'system', dueForDrill)) {
    work.signal.throwIfAborted()
    drilled.push(await drillSnapshot(db, row, work))
  }
  return drilled
}

/** One restore point, now. */
async function drillSnapshot(db: Db, row: SnapshotRow, work: DrillWork): Promise<Drilled> {
  const request = { portalId: row.portalId, holder: work.workerId, purpose: 'verify' } as const
  const held = await withLease(db, request, work.leaseTimes ?? usualLeaseTimes, async (lease, lost) =>
    drillUnderLease(db, lease, row, { ...work, signal: AbortSignal.any([work.signal, lost]) }),
  )
  return held.ok ? held.value : { snapshotId: row.id, outcome: 'busy' }
}

async function drillUnderLease(db: Db, lease: Lease, row: SnapshotRow, work: DrillWork): Promise<Drilled> {
  const { hand, newest } = await scoped(db, 'system', async (tx) => {
    const own = await portalAtHand(tx, row.portalId)
    return {
      hand: await portalAtHand(tx, row.portalId, row.adapter),
      newest: own && (await newestReady(tx, row.portalId, own.adapterName)),
    }
  })
  const [point, stand] = [snapshotRef(row), newest && snapshotRef(newest)]
  if (!hand || !point || !stand) return fail(db, lease, row, 'its copy is not there')
  const verification = await verifyUnderLease(db, lease, hand, row, work.signal)
  if (!verification.ok) return fail(db, lease, row, 'it no longer holds what it held when it was made')
  const began = performance.now()
  const rehearsed = await restoreOntoCopy(hand, point, stand, work)
  if (!rehearsed.ok) return fail(db, lease, row, wordsOf(rehearsed.refusal))
  const recoveryMs = Math.round(performance.now() - began)
  await guarded(db, lease, async (tx) => {
    await tx.update(snapshots).set({ provenAt: sql`clock_timestamp()`, recoveryMs }).where(eq(snapshots.id, row.id))
    await resolveAlert(tx, 'drill_failed', drilledPlace(row))
  })
  return { snapshotId: row.id, outcome: 'proven', recoveryMs }
}

/** In place first; where the structure has moved since, by swap, as a real restore would go. Nothing of the portal is touched. */
async function restoreOntoCopy(
  hand: PortalAtHand,
  snapshot: SnapshotRef,
  safety: SnapshotRef,
  work: DrillWork,
): Promise<Outcome<Rehearsed>> {
  const journalDirectory = join(work.scratchDirectory, snapshot.id)
  const request = (way: RestoreRequest['way']): RestoreRequest => ({
    portal: hand.ref,
    snapshot,
    safety,
    scope: 'full',
    way,
    edgeHandling: hand.portal.edgeHandling,
    consented: { digest: '', wiped: new Uint8Array(), toleranceRows: Number.MAX_SAFE_INTEGER },
    journalDirectory,
    giveBackFrom: null,
    limits: LIMITS,
  })
  const call = {
    idempotencyKey: `drill:${snapshot.id}`,
    observe: work.observe,
    signal: work.signal,
    mayCommit: async () => true,
  }
  await mkdir(journalDirectory, { recursive: true, mode: 0o700 })
  try {
    const inPlace = await hand.adapter.rehearse(request('in_place'), call)
    return inPlace.ok || !hand.adapter.capabilities.restoreSwap ? inPlace : await hand.adapter.rehearse(request('swap'), call)
  } finally {
    await rm(journalDirectory, { recursive: true, force: true })
  }
}

async function fail(db: Db, lease: Lease, row: SnapshotRow, reason: string): Promise<Drilled> {
  await guarded(db, lease, (tx) =>
    raiseAlert(tx, {
      kind: 'drill_failed',
      portalId: row.portalId,
      subject: drilledPlace(row),
      detail: { snapshotId: row.id, reason },
    }),
  )
  return { snapshotId: row.id, outcome: 'failed', reason }
}

/** What a drill speaks for: all that one adapter keeps of one datastore. */
const drilledPlace = ({ datastoreId, adapter }: SnapshotRow) => `${datastoreId}:${adapter}`

/** The oldest restore point in every datastore and second place that has not proved one for a week. */
async function dueForDrill(tx: Tx): Promise<SnapshotRow[]> {
  const due = z.array(z.object({ id: z.string() })).parse(
    await tx.execute(sql`
      select (select s.id from snapshots s join portals p on p.id = s.portal_id
               where s.datastore_id = d.id and s.adapter = a.name and s.state = 'ready' and s.label <> 'safety' and p.status = 'active'
               order by s.completed_at limit 1) as id
        from datastores d cross join unnest(${sql.param(adapterNames)}::text[]) as a (name)
       where exists (select from snapshots s
                      where s.datastore_id = d.id and s.adapter = a.name and s.state = 'ready' and s.label <> 'safety')
         and not exists (select from snapshots s where s.datastore_id = d.id and s.adapter = a.name
                          and s.proven_at > clock_timestamp() - make_interval(hours => ${DRILL_EVERY_HOURS}::int))`),
  )
  const found: SnapshotRow[] = []
  for (const { id } of due) {
    const [row] = await tx.select().from(snapshots).where(eq(snapshots.id, id))
    if (row) found.push(row)
  }
  return found
}

function wordsOf({ code, facts }: AdapterRefusal): string {
  return `${code} ${JSON.stringify(facts)}`
}
