import { afterAll, beforeAll, expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal, makeSnapshot } from '#db/testing/factories.ts'
import type { CaptureInput } from './capture-snapshot.ts'
import { checkCaptures } from './check-captures.ts'
import { holesOf, type ListedSnapshot } from './list-snapshots.ts'
import { slotBefore } from './quiet-hour.ts'
import { enqueueCapture, scheduleCaptures } from './schedule-captures.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

const HOUR_MS = 3_600_000
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS)
const nowThere = () => new Date().getUTCHours()

test('S31 the quiet hour is the portal’s own: one that is skipped comes an hour later, one that comes twice counts once', () => {
  const warsaw = 'Europe/Warsaw'
  // 28 Mar 2027: 02:00 does not exist, 03:00 CEST is taken instead. 31 Oct 2027: 02:00 comes twice, the first is taken.
  expect(slotBefore(new Date('2027-03-28T08:00:00Z'), warsaw, 2).toISOString()).toBe('2027-03-28T01:00:00.000Z')
  expect(slotBefore(new Date('2027-10-31T08:00:00Z'), warsaw, 2).toISOString()).toBe('2027-10-31T00:00:00.000Z')
  expect(slotBefore(new Date('2027-10-31T00:30:00Z'), warsaw, 2).toISOString()).toBe('2027-10-31T00:00:00.000Z')
  expect(slotBefore(new Date('2027-06-01T23:59:00Z'), warsaw, 2).toISOString()).toBe('2027-06-01T00:00:00.000Z')
  expect(slotBefore(new Date('2027-06-01T12:00:00Z'), 'America/Los_Angeles', 23).toISOString()).toBe('2027-06-01T06:00:00.000Z')
})

test('R1 every active cloud portal without a capture since its quiet hour is enqueued, paid or free; one job each', async () => {
  const quietHour = nowThere()
  const { portal: due } = await makePortal(desk.db, { plan: 'free', quietHour })
  const { portal: done } = await makePortal(desk.db, { quietHour })
  await makePortal(desk.db, { quietHour, edition: 'self_hosted', datastoreId: null, databaseName: null })
  const { portal: suspended } = await makePortal(desk.db, { quietHour, status: 'suspended' })
  await makeSnapshot(desk.db, done, { startedAt: new Date(), completedAt: new Date() })
  const enqueued = await scheduleCaptures(desk.db)
  expect(enqueued).toContain(due.id)
  expect(enqueued).not.toContain(done.id)
  expect(enqueued).not.toContain(suspended.id)
  await scheduleCaptures(desk.db)
  const jobs = await desk.owner<
    { jobs: number }[]
  >`select count(*)::int as jobs from graphile_worker.jobs where key = ${`capture:${due.id}:daily`}`
  expect(jobs[0]?.jobs).toBe(1)
})

test('R1 a capture that somebody asked for, and that still waits, is not lost when the day’s falls due', async () => {
  const { portal } = await makePortal(desk.db, { quietHour: nowThere() })
  await scoped(desk.db, 'system', (tx) => enqueueCapture(tx, { portalId: portal.id, label: 'manual', note: 'Before the import' }))
  await scheduleCaptures(desk.db)
  const waiting = await desk.owner<
    { payload: CaptureInput }[]
  >`select payload from graphile_worker._private_jobs where key like ${`capture:${portal.id}%`}`
  expect(waiting.map(({ payload }) => payload.note ?? payload.label).sort()).toEqual(['Before the import', 'daily'])
})

test('R1 a failed capture is tried again in its slot, but not at once and not for ever', async () => {
  const slotHoursAgo = 3
  const quietHour = ago(slotHoursAgo).getUTCHours()
  const { portal } = await makePortal(desk.db, { quietHour })
  const failed = (hours: number) =>
    makeSnapshot(desk.db, portal, { state: 'failed', startedAt: ago(hours), completedAt: null, databaseName: null })
  await failed(0.1)
  expect(await scheduleCaptures(desk.db)).not.toContain(portal.id)
  await desk.owner`update snapshots set started_at = started_at - interval '40 minutes' where portal_id = ${portal.id}`
  expect(await scheduleCaptures(desk.db)).toContain(portal.id)
  await failed(1)
  await failed(1.5)
  expect(await scheduleCaptures(desk.db)).not.toContain(portal.id)
})

test('R1 a missed capture raises one alert a portal, by the database’s clock, which stands until one succeeds', async () => {
  const { portal } = await makePortal(desk.db, { createdAt: ago(100) })
  await makeSnapshot(desk.db, portal, { startedAt: ago(28), completedAt: ago(28) })
  const { portal: young } = await makePortal(desk.db)
  const { portal: fine } = await makePortal(desk.db, { createdAt: ago(100) })
  await makeSnapshot(desk.db, fine, { startedAt: ago(20), completedAt: ago(20) })
  const raised = await checkCaptures(desk.db)
  expect(raised).toContain(portal.id)
  expect(raised).not.toContain(young.id)
  expect(raised).not.toContain(fine.id)
  expect(await checkCaptures(desk.db)).not.toContain(portal.id)
  const [open] =
    await desk.owner`select count(*)::int as alerts from alerts where portal_id = ${portal.id} and resolved_at is null`
  expect(open).toEqual({ alerts: 1 })
})

test('S27 a day without a restore point is a hole with its reason, in the portal’s own calendar', () => {
  const listed = (completedAt: string | null, startedAt: string, reason: ListedSnapshot['reason'] = null): ListedSnapshot => ({
    id: startedAt,
    label: 'daily',
    note: null,
    state: completedAt ? 'ready' : 'failed',
    startedAt: new Date(startedAt),
    completedAt: completedAt ? new Date(completedAt) : null,
    keptUntil: null,
    heldUntil: null,
    verifiedAt: null,
    provenAt: null,
    recoveryMs: null,
    rowCount: null,
    byteCount: null,
    files: null,
    tableCount: null,
    changes: null,
    barredMs: null,
    inSecondPlace: false,
    ofMoment: false,
    place: null,
    reason,
    detail: reason && `${reason} {}`,
  })
  const holes = holesOf(
    [
      // 23:30 UTC on the 19th is the 20th in Warsaw.
      listed('2026-11-19T23:30:00Z', '2026-11-19T23:00:00Z'),
      listed(null, '2026-11-21T01:00:00Z', 'right_missing'),
      listed('2026-11-22T01:00:00Z', '2026-11-22T01:00:00Z'),
      listed('2026-11-23T01:00:00Z', '2026-11-23T01:00:00Z'),
    ],
    { now: new Date('2026-11-25T10:00:00Z'), since: new Date('2026-11-19T10:00:00Z'), days: 7, timeZone: 'Europe/Warsaw' },
  )
  expect(holes).toEqual([
    { day: '2026-11-21', reason: 'right_missing', detail: 'right_missing {}' },
    { day: '2026-11-24', reason: 'not_begun', detail: null },
  ])
})
