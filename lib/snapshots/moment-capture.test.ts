import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { alerts } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { Moments } from './adapters/http/reference/moments/moments.ts'
import { startRemote } from './adapters/http/testing/remote.ts'
import { serversWithPrograms } from './adapters/postgres/testing/servers.ts'
import { captureSnapshot } from './capture-snapshot.ts'
import { checkCaptures } from './check-captures.ts'
import { listSnapshots } from './list-snapshots.ts'
import { momentsOf } from './moments-of.ts'
import { pruneSnapshots } from './prune-snapshots.ts'
import { keptByRemote } from './testing/kept-by-remote.ts'
import { makePortalWorld, type PortalWorld } from './testing/portal-world.ts'
import { watchMoments } from './watch-moments.ts'

const directory = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))
let desk: TestDatabase
let stop: () => Promise<void>
let moments: Moments
let remote: Awaited<ReturnType<typeof startRemote>>
let world: PortalWorld

beforeAll(async () => {
  const [server] = serversWithPrograms()
  if (!server) throw new Error('there is no server with its own programs')
  desk = await cloneDatabase()
  const started = await server.start()
  stop = started.stop
  const opened = await Moments.open({ adminUrl: started.url, directory })
  if (!opened.ok) throw new Error(opened.because)
  moments = opened.moments
  await moments.keep()
  remote = await startRemote(started.url, { moments })
  world = await makePortalWorld(desk.db, started.url)
  await keptByRemote(world, remote.remote)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await world.drop()
  await remote.stop()
  await moments.stop()
  await stop()
  await desk.drop()
  rmSync(directory, { recursive: true, force: true })
})

const never = new AbortController().signal
const who = systemActor('checks')
const offered = () => scoped(desk.db, 'system', (tx) => momentsOf(tx, { portalId: world.portal.id, retentionDays: 7 }))
const listed = async () => (await listSnapshots(desk.db, who, { portalId: world.portal.id, retentionDays: 7 }))?.snapshots ?? []
const captureAt = (at: string) => captureSnapshot(desk.db, { portalId: world.portal.id, label: 'manual', at }, world.work())

/** One after what was committed, and before what is. */
async function instant(): Promise<string> {
  const [row] = await world.live.sql<{ at: string }[]>`
    select to_char(date_trunc('milliseconds', clock_timestamp()) at time zone 'UTC' + interval '1 ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`
  if (!row) throw new Error('the server has no clock')
  await world.live.sql`select pg_sleep_until(${row.at}::timestamptz + interval '1 ms')`
  return row.at
}

test('what can be gone back to is asked of the adapter, written down, offered within the retention, and no longer once nobody says so', async () => {
  expect(await offered()).toBeNull()
  await expect.poll(async () => (await watchMoments(desk.db, never)).offered, { timeout: 30_000 }).toEqual([world.portal.id])
  const range = await offered()
  expect(range?.from.getTime()).toBeLessThan(range?.to.getTime() ?? 0)
  await desk.owner`update portals set moments_from = now() - interval '30 days' where id = ${world.portal.id}`
  const week = Date.now() - 7 * 24 * 3_600_000
  expect(Math.abs(((await offered())?.from.getTime() ?? 0) - week)).toBeLessThan(60_000)
  vi.stubEnv('HTTP_ADAPTER_SECRET', `whsec_${Buffer.alloc(32, 1).toString('base64')}`)
  expect(await watchMoments(desk.db, never)).toEqual({
    offered: [],
    failed: [{ portalId: world.portal.id, reason: textWith('401') }],
  })
  expect(await offered()).toBeNull()
  vi.stubEnv('HTTP_ADAPTER_SECRET', remote.remote.secret)
  await watchMoments(desk.db, never)
  expect(await offered()).not.toBeNull()
})

test('R2 a restore point of a moment stands where its moment was, is marked, starts no later copy, and is kept for as long as any of that age', async () => {
  const daily = await world.capture('daily')
  const at = await instant()
  await world.live.sql`delete from crm.notes`
  const captured = await captureAt(at)
  if (!captured.ok) throw new Error(JSON.stringify(captured))
  const point = captured.snapshot
  expect(point).toMatchObject({
    state: 'ready',
    label: 'manual',
    ofMoment: true,
    completedAt: new Date(at),
    parentId: null,
    changes: null,
  })
  expect(point.rowCount).toBe(200 + 2000 + 1500 + 300)
  const later = await world.capture('daily')
  expect(later.parentId).toBe(daily.id)
  expect((await listed()).map(({ id, ofMoment }) => [id, ofMoment])).toEqual([
    [later.id, false],
    [point.id, true],
    [daily.id, false],
  ])
  expect((await listed())[1]?.keptUntil).toEqual(new Date(Date.parse(at) + 7 * 24 * 3_600_000))

  // A week later by its moment, though it was made a minute ago.
  await desk.owner`update snapshots set completed_at = completed_at - interval '7 days' where id = ${point.id}`
  expect((await pruneSnapshots(desk.db, { retentionDays: 7 }, world.work())).pruned).toEqual([point.id])
})

test('a moment out of reach leaves a failed point and alarms nobody; nor does a moment that was made count as the day’s', async () => {
  const refused = await captureAt('2001-01-01T00:00:00.000Z')
  expect(refused).toMatchObject({ ok: false, why: 'refused', refusal: { code: 'moment_out_of_reach' } })
  const openAlerts = async () => {
    const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(alerts).where(eq(alerts.portalId, world.portal.id)))
    return rows.filter((row) => row.resolvedAt === null).map(({ kind }) => kind)
  }
  expect(await openAlerts()).toEqual([])
  const made = await captureAt(await instant())
  expect(made).toMatchObject({ ok: true })
  await desk.owner`update snapshots set completed_at = completed_at - interval '3 days' where portal_id = ${world.portal.id} and not of_moment`
  await desk.owner`update portals set created_at = now() - interval '9 days' where id = ${world.portal.id}`
  await checkCaptures(desk.db)
  expect(await openAlerts()).toEqual(['capture_missed'])
  expect(await captureAt(await instant())).toMatchObject({ ok: true })
  expect(await openAlerts()).toEqual(['capture_missed'])
})

test('an adapter that knows nothing of moments is not asked: it would answer with the portal as it is now', async () => {
  const plain = await makePortalWorld(desk.db, serverUrl())
  try {
    const at = new Date(Date.now() - 60_000).toISOString()
    const refused = await captureSnapshot(desk.db, { portalId: plain.portal.id, label: 'manual', at }, plain.work())
    expect(refused).toMatchObject({ ok: false, why: 'refused', refusal: { code: 'moment_out_of_reach', facts: { at } } })
    expect(await plain.leftovers()).toEqual([])
    expect(await watchMoments(desk.db, never)).toEqual({ offered: [world.portal.id], failed: [] })
  } finally {
    await plain.drop()
  }
})
