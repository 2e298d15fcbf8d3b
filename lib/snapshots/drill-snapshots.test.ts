import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { alerts } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { someNumber } from '#db/testing/matchers.ts'
import { drillSnapshots } from './drill-snapshots.ts'
import { acquireLease } from './lease.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from './testing/portal-world.ts'
import { spoilCopy } from './testing/spoil-copy.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl())
})
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
  await world.drop()
  await desk.owner`update snapshots set state = 'pruned' where portal_id = ${world.portal.id}`
  await desk.owner`delete from alerts`
})

const drill = () => drillSnapshots(desk.db, { ...world.work(), scratchDirectory: world.journalRoot })
const openAlerts = () => scoped(desk.db, 'system', (tx) => tx.select({ kind: alerts.kind, detail: alerts.detail }).from(alerts))

test('R1 the oldest restore point of a datastore is restored whole onto a copy, and says when and how long; the portal notices nothing', async () => {
  const oldest = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const newest = await world.capture()
  const before = await world.contents(['crm', 'intranet'])
  const drilled = await drill()
  expect(drilled).toEqual([{ snapshotId: oldest.id, outcome: 'proven', recoveryMs: someNumber }])
  const proven = await world.readSnapshot(oldest.id)
  expect(proven.recoveryMs).toBeGreaterThan(0)
  expect(proven.provenAt).toBeInstanceOf(Date)
  expect(proven.verifiedAt).toBeInstanceOf(Date)
  expect(await world.readSnapshot(newest.id)).toMatchObject({ provenAt: null, recoveryMs: null })
  expect(await world.contents(['crm', 'intranet'])).toBe(before)
  expect(await drill(), 'proved this week: nothing is due').toEqual([])
})

test('a structure that has moved since is proved the way a real restore would go', async () => {
  const oldest = await world.capture()
  await world.live.sql.unsafe('alter table crm.deals add column phone text')
  await world.capture()
  expect(await drill()).toMatchObject([{ snapshotId: oldest.id, outcome: 'proven' }])
})

test('S26 a point that no longer holds what it held is no proof: it is marked bad and the desk is alarmed; the next one proves itself', async () => {
  const spoilt = await world.capture()
  const next = await world.capture()
  await spoilCopy(serverUrl(), spoilt.databaseName ?? '')
  expect(await drill()).toMatchObject([{ snapshotId: spoilt.id, outcome: 'failed' }])
  expect(await world.readSnapshot(spoilt.id)).toMatchObject({ state: 'bad', provenAt: null })
  expect((await openAlerts()).map(({ kind }) => kind).sort()).toEqual(['drill_failed', 'snapshot_bad'])
  expect(await drill()).toMatchObject([{ snapshotId: next.id, outcome: 'proven' }])
  expect(await desk.owner`select 1 from alerts where kind = 'drill_failed' and resolved_at is null`).toHaveLength(0)
})

test('S42 a portal that somebody works on is left alone', async () => {
  const point = await world.capture()
  await acquireLease(desk.db, { portalId: world.portal.id, holder: 'somebody', purpose: 'restore' })
  expect(await drill()).toEqual([{ snapshotId: point.id, outcome: 'busy' }])
  await desk.owner`update portal_leases set holder = null, purpose = null, expires_at = null`
})
