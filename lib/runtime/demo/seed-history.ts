import { eq, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import type { Db } from '#db/client.ts'
import { alerts, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { buildPortal } from '#db/seed/portals/build-portal.ts'
import type { DemoPortal } from '#db/seed/portals/portals.ts'
import { reasonOfRefusal } from '#lib/domain/capture-reasons.ts'
import { captureSnapshot } from '#lib/snapshots/capture-snapshot.ts'
import { demoId, demoPortalLogin } from './secrets.ts'

export type SeedHistory = {
  db: Db
  /** A superuser's connection to the server that holds the portals. */
  admin: postgres.Sql
  adminUrl: string
  authSecret: string
  portal: DemoPortal
  now: Date
  /** The portal stands still from then on: a comparison of that moment holds nothing that was entered later. */
  quietSince?: Date
  rows?: number
}

/** The portal with a hole, and which of its seven captures failed: the fifth, two or three days ago. */
const hole = { portal: 'heron', index: 4 }

/** Builds the portal's database and captures it at each quiet hour by the product's own capture; only its dates are then put back. */
export async function seedHistory(seed: SeedHistory): Promise<{ rows: number; snapshots: number }> {
  const { portal } = seed
  const login = demoPortalLogin(seed.authSecret, portal.externalId)
  let captured = 0
  const { rows } = await buildPortal({
    adminUrl: seed.adminUrl,
    portal,
    databaseName: login.databaseName,
    role: login.role,
    password: login.password,
    now: seed.now,
    ...(seed.rows === undefined ? {} : { rows: seed.rows }),
    ...(seed.quietSince === undefined ? {} : { quietSince: seed.quietSince }),
    capture: async (moment, index) => {
      if (portal.externalId === hole.portal && index === hole.index) return leaveHole(seed, moment)
      await captureAt(seed, moment)
      captured += 1
    },
  })
  return { rows, snapshots: captured }
}

async function captureAt(seed: SeedHistory, moment: Date): Promise<void> {
  const portalId = demoId(seed.portal.externalId)
  const result = await captureSnapshot(
    seed.db,
    { portalId, label: 'daily' },
    { workerId: 'demo-seed', signal: new AbortController().signal, observe: async () => undefined },
  )
  if (!result.ok) throw new Error(`${seed.portal.externalId} could not be captured: ${JSON.stringify(result)}`)
  const { id, captureMs, databaseName } = result.snapshot
  const completedAt = new Date(moment.getTime() + 20_000 + (captureMs ?? 0))
  await scoped(seed.db, 'system', (tx) =>
    tx
      .update(snapshots)
      .set({ startedAt: new Date(moment.getTime() + 20_000), completedAt })
      .where(eq(snapshots.id, id)),
  )
  await datePutBack(seed.admin, databaseName ?? '', completedAt)
}

/** The copy's own mark says when it was completed too. */
async function datePutBack(admin: postgres.Sql, databaseName: string, completedAt: Date): Promise<void> {
  const [found] = await admin<{ comment: string }[]>`
    select jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{completedAt}', to_jsonb(${completedAt.toISOString()}::text))::text as comment
    from pg_database where datname = ${databaseName}`
  if (!found) throw new Error(`the copy ${databaseName} is not there`)
  await admin.unsafe(`comment on database "${databaseName}" is '${found.comment.replaceAll("'", "''")}'`)
}

/** S27 a day without a restore point, with its reason; its alert was resolved by the next night's capture (R1). */
async function leaveHole({ db, portal }: SeedHistory, moment: Date): Promise<void> {
  const portalId = demoId(portal.externalId)
  const reason =
    'lock_not_granted {"blockers":["portal_heron vacuumdb (process 21877) since 01:47:10+00, VACUUM FULL crm.activities"],"attempts":5}'
  const waited = new Date(moment.getTime() + 20 * 60_000)
  await scoped(db, 'system', async (tx) => {
    const [failed] = await tx
      .insert(snapshots)
      .values({
        portalId,
        datastoreId: demoId('datastore'),
        label: 'daily',
        state: 'failed',
        startedAt: moment,
        captureMs: 1_200_000,
        reason,
        reasonKind: reasonOfRefusal.lock_not_granted,
      })
      .returning()
    await tx.insert(alerts).values({
      kind: 'capture_failed',
      portalId,
      subject: portalId,
      detail: { snapshotId: failed?.id, label: 'daily', reason },
      raisedAt: waited,
      resolvedAt: sql`${waited.toISOString()}::timestamptz + interval '23 hours 41 minutes'`,
    })
  })
}
