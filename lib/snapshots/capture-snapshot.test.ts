import { eq } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { alerts, portals, previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { someNumber, textWith } from '#db/testing/matchers.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { captureSnapshot } from './capture-snapshot.ts'
import { compareWithConsent } from './compare-with-consent.ts'
import { computePreview } from './compute-preview.ts'
import { describeSnapshot } from './describe-snapshot.ts'
import { listSnapshots } from './list-snapshots.ts'
import { previewReportSchema } from './preview-report.ts'
import { recoverSnapshots } from './recover-snapshots.ts'
import { requestPreview } from './request-preview.ts'
import { loseCopy } from './testing/lose-copy.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from './testing/portal-world.ts'
import { spoilCopy } from './testing/spoil-copy.ts'
import { verifySnapshot } from './verify-snapshot.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl(), { writePauseLimitMs: 2_000 })
})
afterEach(() => world.drop())

const never = new AbortController().signal
const openAlerts = async () => {
  const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(alerts).where(eq(alerts.portalId, world.portal.id)))
  return rows.filter((row) => row.resolvedAt === null).map((row) => row.kind)
}

test('the first capture is physical, the next one online; each knows its rows and what changed since the one before', async () => {
  const first = await world.capture()
  expect(first).toMatchObject({
    state: 'ready',
    way: 'physical',
    tableCount: 4,
    rowCount: 200 + 2000 + 1500 + 300,
    changes: null,
  })
  await world.live.sql`delete from crm.notes where deal_id % 10 = 0`
  await world.live.sql`insert into crm.companies values (1000, 'New one')`
  const second = await world.capture()
  expect(second).toMatchObject({ way: 'online', barredMs: 0, sessionsEnded: 0, parentId: first.id })
  expect(second.changes).toMatchObject({ missing: someNumber, newer: 1 })
  // R14: where it lies is written down with it.
  expect(second.place).toEqual({ kind: 'portal_server', name: null, stands: 'with_server' })
  const described = await describeSnapshot(desk.db, systemActor('checks'), { snapshotId: second.id })
  expect(described?.manifest?.tables.find(({ table }) => table === 'companies')?.rows).toBe(201)
})

test('once a week, in its quiet hour, a portal is copied whole again; not by day, not by hand, not twice', async () => {
  const first = await world.capture()
  const copiedDaysAgo = (days: number) =>
    desk.owner`update snapshots set started_at = clock_timestamp() - ${days} * interval '1 day' where id = ${first.id}`
  // Where the clock has half an hour to go at least until its next hour.
  const timeZone = Temporal.Now.zonedDateTimeISO('UTC').minute < 30 ? 'UTC' : 'Asia/Kolkata'
  const { hour } = Temporal.Now.zonedDateTimeISO(timeZone)
  const quietAt = (quietHour: number) =>
    scoped(desk.db, 'system', (tx) => tx.update(portals).set({ timeZone, quietHour }).where(eq(portals.id, world.portal.id)))
  await copiedDaysAgo(8)
  await quietAt((hour + 12) % 24)
  expect(await world.capture('daily')).toMatchObject({ way: 'online', reasonKind: null })
  await quietAt(hour)
  expect(await world.capture('manual')).toMatchObject({ way: 'online', reasonKind: null })
  await world.live.sql`insert into crm.companies values (1001, 'Since')`
  expect(await world.capture('daily')).toMatchObject({
    way: 'physical',
    reasonKind: 'copied_afresh',
    changes: { missing: 0, newer: 1, changed: 0 },
  })
  expect(await world.capture('daily')).toMatchObject({ way: 'online', reasonKind: null })
})

test('R1 S27 a capture that fails is a hole with its reason and an alert, which the next good one resolves', async () => {
  const work = world.work({
    observe: async (boundary) => {
      if (boundary === 'capture.describe') throw new Error('the copy could not be read')
    },
  })
  await expect(captureSnapshot(desk.db, { portalId: world.portal.id, label: 'daily' }, work)).rejects.toThrow('could not be read')
  expect(await openAlerts()).toEqual(['capture_failed'])
  const listed = await listSnapshots(desk.db, systemActor('checks'), { portalId: world.portal.id, retentionDays: 7 })
  expect(listed?.snapshots).toMatchObject([
    { state: 'failed', reason: 'error', detail: 'the copy could not be read', completedAt: null, place: null },
  ])
  expect(await world.leftovers()).toEqual([])
  await world.capture()
  expect(await openAlerts()).toEqual([])
})

test('R1 a refused capture says why: a portal whose database is gone', async () => {
  await scoped(desk.db, 'system', (tx) =>
    tx.update(portals).set({ databaseName: 'no_such_portal' }).where(eq(portals.id, world.portal.id)),
  )
  const answer = await captureSnapshot(desk.db, { portalId: world.portal.id, label: 'daily' }, world.work())
  expect(answer).toMatchObject({ ok: false, why: 'refused', refusal: { code: 'portal_missing' } })
  expect(await openAlerts()).toEqual(['capture_failed'])
  const listed = await listSnapshots(desk.db, systemActor('checks'), { portalId: world.portal.id, retentionDays: 7 })
  expect(listed?.snapshots).toMatchObject([{ reason: 'portal_unreachable', detail: textWith('no_such_portal') }])
})

test('S107 what a vanished worker left is marked with its reason and never offered; a finished copy that nobody wrote down goes too', async () => {
  // The worker is gone: its row says capturing, its lease is over.
  await desk.owner`
    insert into snapshots (portal_id, datastore_id, label, state, lease_token)
    values (${world.portal.id}, ${world.portal.datastoreId}, 'daily', 'capturing', 0)`
  expect(await recoverSnapshots(desk.db, world.work())).toEqual([world.portal.id])
  const listed = await listSnapshots(desk.db, systemActor('checks'), { portalId: world.portal.id, retentionDays: 7 })
  expect(listed?.snapshots).toMatchObject([{ state: 'failed', reason: 'interrupted', detail: textWith('interrupted') }])
  expect(await recoverSnapshots(desk.db, world.work())).toEqual([])
})

test('S26 a copy that no longer holds what its manifest says is marked bad, the desk is alerted, its neighbours are offered', async () => {
  const before = await world.capture()
  const spoilt = await world.capture()
  const after = await world.capture()
  await spoilCopy(serverUrl(), spoilt.databaseName ?? '')
  const result = await verifySnapshot(desk.db, { snapshotId: spoilt.id }, world.work())
  expect(result).toMatchObject({ ok: true, verification: { ok: false }, neighbours: [{ id: before.id }, { id: after.id }] })
  expect(await world.readSnapshot(spoilt.id)).toMatchObject({
    state: 'bad',
    reason: textWith('companies'),
    reasonKind: 'check_failed',
  })
  expect(await openAlerts()).toEqual(['snapshot_bad'])
  expect(await verifySnapshot(desk.db, { snapshotId: after.id }, world.work())).toMatchObject({ verification: { ok: true } })
  // A bad snapshot is no basis of a preview.
  const input = { portalId: world.portal.id, snapshotId: spoilt.id, scope: 'crm' as const, policyVersion: 1, requestedBy: null }
  expect(await scoped(desk.db, 'system', (tx) => requestPreview(tx, input))).toBeNull()
})

test('S26 S121 a copy that a comparison finds gone is bad from then on; the refusal names its neighbours, and the desk is alerted', async () => {
  const before = await world.capture()
  const lost = await world.capture()
  const after = await world.capture()
  const input = { portalId: world.portal.id, snapshotId: lost.id, scope: 'crm' as const, policyVersion: 1, requestedBy: null }
  const asked = await scoped(desk.db, 'system', (tx) => requestPreview(tx, input))
  await loseCopy(serverUrl(), lost.databaseName ?? '')
  expect(await computePreview(desk.db, asked?.previewId ?? '', never)).toMatchObject({
    state: 'refused',
    refusal: {
      code: 'snapshot_missing',
      facts: { before: before.completedAt?.toISOString(), after: after.completedAt?.toISOString() },
    },
  })
  expect(await world.readSnapshot(lost.id)).toMatchObject({
    state: 'bad',
    reason: textWith('is not on the server'),
    reasonKind: 'copy_missing',
  })
  expect(await openAlerts()).toEqual(['snapshot_bad'])
})

test('R6 a preview tells the loss by table, person, hour and example, with the money, and is never written twice (I9)', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const previewId = await world.preview(snapshot.id)
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  const report = previewReportSchema.parse(row?.report)
  expect(report.totals).toEqual({ comesBack: 100 + 150, wiped: 50, changed: 21, usersAffected: 7 })
  const deals = report.tables.find(({ table }) => table === 'deals')
  expect(deals).toMatchObject({ missing: 100, newer: 50, changed: 21, money: { column: 'amount', wiped: '500.00' } })
  expect(report.people.find(({ who }) => who === 'jan')?.newer).toBe(50)
  expect(report.hours.reduce((sum, hour) => sum + hour.newer, 0)).toBe(50)
  expect(report.examples.some((example) => example.title?.startsWith('Late deal'))).toBe(true)
  expect(report.edges).toMatchObject([{ rows: 20, handling: 'null' }])
  expect(report.way).toBe('in_place')
  expect(row?.wiped?.length).toBeGreaterThan(0)
  expect(await computePreview(desk.db, previewId, never)).toBeNull()
})

test('R11 what has been entered since the consent shows as growth beyond the tolerance', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const previewId = await world.preview(snapshot.id)
  expect(await compareWithConsent(desk.db, previewId, never)).toMatchObject({ same: true, beyondTolerance: false })
  await world.live.sql`insert into crm.companies values (1000, 'New one')`
  expect(await compareWithConsent(desk.db, previewId, never)).toMatchObject({
    same: false,
    beyondTolerance: true,
    grownBy: { newer: 1, changed: 0 },
  })
})

test('S29 S108 a moved structure is refused before consent for the CRM, and becomes a swap for the whole portal', async () => {
  const tableWords = [{ schema: 'crm', table: 'deals', name: { en: 'Deals', pl: 'Szanse' } }]
  await scoped(desk.db, 'system', (tx) => tx.update(portals).set({ tableWords }).where(eq(portals.id, world.portal.id)))
  const snapshot = await world.capture()
  await world.live.sql`alter table crm.deals add column phone text`
  const ask = async (scope: 'crm' | 'full') => {
    const input = { portalId: world.portal.id, snapshotId: snapshot.id, scope, policyVersion: 1, requestedBy: null }
    const asked = await scoped(desk.db, 'system', (tx) => requestPreview(tx, input))
    return computePreview(desk.db, asked?.previewId ?? '', never)
  }
  expect(await ask('crm')).toMatchObject({
    state: 'refused',
    refusal: { code: 'structure_moved', facts: { tablesEn: ['Deals'], tablesPl: ['Szanse'] } },
  })
  expect(await ask('full')).toMatchObject({ state: 'ready' })
})

test('S37 everything is keyed by id: a renamed portal keeps its restore points', async () => {
  const snapshot = await world.capture()
  await scoped(desk.db, 'system', (tx) =>
    tx.update(portals).set({ name: 'Kowalski Group', externalId: 'kg' }).where(eq(portals.id, world.portal.id)),
  )
  await world.live.sql.unsafe(incidentSql)
  expect(await world.preview(snapshot.id)).toEqual(expect.any(String))
})

test('S104 what stands around the scope is told once a kind, by name, before anybody consents', async () => {
  await world.live.sql.unsafe(`create materialized view intranet.totals as select count(*) from crm.deals;
    create materialized view intranet.names as select name from crm.companies; create unlogged table crm.scratch (id int)`)
  const previewId = await world.preview((await world.capture()).id)
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  const { notices } = previewReportSchema.parse(row?.report)
  expect(notices.filter(({ code }) => !['write_pause', 'edges'].includes(code))).toEqual([
    { code: 'materialized_view_stale', facts: { names: ['intranet.names', 'intranet.totals'] } },
    { code: 'unlogged_table', facts: { names: ['crm.scratch'] } },
  ])
})

test('R6 what the loss means is told by the stages that the settings name: won since, entered or reached, with its worth in each currency', async () => {
  await world.live.sql.unsafe(`alter table crm.deals add stage text not null default 'open', add currency char(4) not null default 'PLN';
    update crm.deals set stage = 'won' where id <= 10; update crm.deals set currency = 'EUR' where id > 1000`)
  await namedStages(world.portal.id)
  const snapshot = await world.capture()
  await world.live.sql.unsafe(`delete from crm.notes; delete from intranet.posts; delete from crm.deals where id in (1, 2, 1500);
    update crm.deals set stage = 'won' where id in (20, 21, 1100); update crm.deals set title = 'Renamed' where id = 5; update crm.deals set stage = 'open' where id = 6;
    insert into crm.deals (company_id, title, amount, stage) values (1, 'Won at once', 0.10, 'won'), (1, 'Open', 5, 'open')`)
  const previewId = await world.preview(snapshot.id)
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  const report = previewReportSchema.parse(row?.report)
  expect(report.tables.find(({ table }) => table === 'deals')?.money?.byCurrency).toEqual([
    { currency: 'EUR', comesBack: '1875.00', wiped: '0' },
    { currency: 'PLN', comesBack: '3.75', wiped: '5.10' },
  ])
  expect(report.meaning).toEqual([
    {
      name: { en: 'Won deals', pl: 'Wygrane deale' },
      comesBack: { rows: 2, money: [{ currency: 'PLN', sum: '3.75' }] },
      lost: {
        rows: 4,
        money: [
          { currency: 'PLN', sum: '51.35' },
          { currency: 'EUR', sum: '1375.00' },
        ],
      },
    },
  ])
})

async function namedStages(portalId: string): Promise<void> {
  const names = { won: { en: 'Won deals', pl: 'Wygrane deale' } }
  const deals = { schema: 'crm', table: 'deals', moneyColumn: 'amount', currencyColumn: 'currency' }
  await scoped(desk.db, 'system', (tx) =>
    tx
      .update(portals)
      .set({ tableWords: [{ ...deals, stages: { column: 'stage', names } }] })
      .where(eq(portals.id, portalId)),
  )
}
