import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { alerts, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { serversWithPrograms } from '#lib/snapshots/adapters/postgres/testing/servers.ts'
import { makeRepository } from '#lib/snapshots/adapters/restic/testing/repository.ts'
import { type CaptureInput, captureSnapshot } from '#lib/snapshots/capture-snapshot.ts'
import { checkCaptures } from '#lib/snapshots/check-captures.ts'
import { drillSnapshots } from '#lib/snapshots/drill-snapshots.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { pruneSnapshots } from '#lib/snapshots/prune-snapshots.ts'
import { adapterNamed } from '#lib/snapshots/registry.ts'
import { executeRun } from '#lib/snapshots/run/execute-run.ts'
import { scheduleCaptures } from '#lib/snapshots/schedule-captures.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { setSecondPlace } from './set-second-place.ts'

// Each comparison and each restore loads an archive, and restic waits a fifth of a second for others' locks whenever it is asked.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 })

const operator = systemActor('operator')
const both = ['crm', 'intranet']
const [server] = serversWithPrograms()
if (!server) throw new Error('PostgreSQL’s own programs are not installed')

let desk: TestDatabase
let portalServer: { url: string; stop: () => Promise<void> }
let repository: ReturnType<typeof makeRepository>
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
  portalServer = await server.start()
})
afterAll(async () => {
  await portalServer.stop()
  await desk.drop()
})
beforeEach(async () => {
  repository = makeRepository()
  vi.stubEnv('RESTIC_PASSWORD_FILE', repository.passwordFile)
  vi.stubEnv('RESTIC_REPOSITORY', `sftp:vault:${repository.address}`)
  // By a command that does not go to the address's own host: nobody can tell which machine that is.
  vi.stubEnv('RESTIC_SFTP_COMMAND', '/usr/lib/openssh/sftp-server')
  await desk.owner`truncate portals, datastores, alerts cascade`
  world = await makePortalWorld(desk.db, portalServer.url)
})
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
  await world.drop()
  repository.drop()
  vi.unstubAllEnvs()
})

const set = (adapter: 'restic' | null) => setSecondPlace(desk.db, operator, { portalId: world.portal.id, adapter })
const capture = async (input: Omit<CaptureInput, 'portalId' | 'label'> = {}) => {
  const made = await captureSnapshot(desk.db, { portalId: world.portal.id, label: 'daily', ...input }, world.work())
  if (!made.ok) throw new Error(`not captured: ${JSON.stringify(made)}`)
  return made.snapshot
}
const waiting = async () => {
  await desk.owner`delete from graphile_worker._private_jobs`
  await scheduleCaptures(desk.db)
  const jobs = await desk.owner<{ payload: CaptureInput }[]>`select payload from graphile_worker._private_jobs`
  return jobs.map(({ payload }) => payload.keptBy ?? 'own')
}
const openAlerts = async () =>
  (await scoped(desk.db, 'system', (tx) => tx.select().from(alerts)))
    .filter(({ resolvedAt }) => resolvedAt === null)
    .map(({ kind }) => kind)

test('R14 a day’s restore point is kept a second time once the first is made, and offered where the day has no other sound one', async () => {
  expect(await set('restic')).toMatchObject({ ok: true, place: { kind: 'unknown', name: null, stands: 'unknown' } })
  expect(await waiting()).toEqual(['own'])
  const own = await capture()
  expect(await waiting()).toEqual(['restic'])
  const second = await capture({ keptBy: 'restic' })
  expect(await waiting()).toEqual([])
  expect([own, second].map(({ adapter, place }) => [adapter, place?.kind])).toEqual([
    ['postgres', 'portal_server'],
    ['restic', 'unknown'],
  ])
  const list = async () => {
    const listed = await listSnapshots(desk.db, signedIn(world.owner.id), { portalId: world.portal.id, retentionDays: 7 })
    return [listed?.snapshots, listed?.inEveryPlace].map((points) => points?.map(({ id }) => id))
  }
  expect(await list()).toEqual([[own.id], [second.id, own.id]])
  await desk.owner`update snapshots set state = 'bad' where id = ${own.id}`
  expect(await list()).toEqual([
    [second.id, own.id],
    [second.id, own.id],
  ])
})

test('R14 R12 S57 a restore from the second place keeps its safety copy on the server, and is undone from there', async () => {
  await set('restic')
  await capture()
  const second = await capture({ keptBy: 'restic' })
  const then = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
  const before = await world.contents(both)
  const runId = await world.run(await world.preview(second.id))
  await executeRun(desk.db, runId, world.work())
  expect(await world.readRun(runId)).toMatchObject({ state: 'succeeded', reason: null })
  expect(await world.contents(['crm'])).toBe(then)
  const { safetySnapshotId } = await world.readRun(runId)
  expect(await world.readSnapshot(safetySnapshotId ?? '')).toMatchObject({ adapter: 'postgres', way: 'online', sessionsEnded: 0 })

  // The way back hangs on nothing but the portal's own server.
  vi.stubEnv('RESTIC_REPOSITORY', 'sftp:vault:/gone')
  const undoId = await world.run(await world.preview(safetySnapshotId ?? '', 'crm', 'undo'), 'undo', runId)
  await executeRun(desk.db, undoId, world.work())
  expect(await world.readRun(undoId)).toMatchObject({ state: 'succeeded', reason: null })
  expect(await world.contents(both)).toBe(before)
})

test('R14 R12 a whole portal goes back by swap from the second place, and the replaced database is the server’s to keep', async () => {
  await set('restic')
  await capture()
  const second = await capture({ keptBy: 'restic' })
  const then = await world.contents(both)
  await world.live.sql.unsafe(incidentSql)
  await world.live.sql.unsafe('alter table crm.notes add column moved int')
  const runId = await world.run(await world.preview(second.id, 'full'))
  await executeRun(desk.db, runId, world.work())
  expect(await world.readRun(runId)).toMatchObject({ state: 'succeeded', reason: null })
  expect(await world.contents(both)).toBe(then)
  const { safetySnapshotId } = await world.readRun(runId)
  expect(await world.readSnapshot(safetySnapshotId ?? '')).toMatchObject({ adapter: 'postgres' })
})

test('R14 R2 each place is proved by drills of its own, and pruned where it is', async () => {
  await set('restic')
  const own = await capture()
  const second = await capture({ keptBy: 'restic' })
  const drilled = await drillSnapshots(desk.db, { ...world.work(), scratchDirectory: world.journalRoot })
  expect(
    drilled.map(({ snapshotId, ...drill }) => [snapshotId, 'reason' in drill ? drill.reason : drill.outcome]).sort(),
  ).toEqual(
    [
      [own.id, 'proven'],
      [second.id, 'proven'],
    ].sort(),
  )
  await set(null)
  await desk.owner`update snapshots set completed_at = completed_at - interval '8 days'`
  const { pruned } = await pruneSnapshots(desk.db, { retentionDays: 7 }, world.work())
  expect(pruned.sort()).toEqual([own.id, second.id].sort())
  const ref = { id: world.portal.id, adminUrl: portalServer.url, databaseName: world.databaseName }
  for (const name of ['postgres', 'restic'] as const)
    expect(await adapterNamed(name).list({ ...ref, scopePatterns: { schemas: ['crm'], tables: [] } })).toEqual([])
})

test('R1 where archives are all there is, the oldest is proved on the newest', async () => {
  await desk.owner`update datastores set adapter = 'restic'`
  const oldest = await capture()
  await world.live.sql.unsafe(incidentSql)
  await capture()
  const drilled = await drillSnapshots(desk.db, { ...world.work(), scratchDirectory: world.journalRoot })
  expect(drilled).toMatchObject([{ snapshotId: oldest.id, outcome: 'proven' }])
})

test('R14 a second place without a copy of the last day alarms the desk until one is made; the portal’s own copy does not end that', async () => {
  await set('restic')
  expect(await checkCaptures(desk.db)).toEqual([])
  await scoped(desk.db, 'system', (tx) => tx.update(portals).set({ secondPlaceSince: new Date(Date.now() - 30 * 3_600_000) }))
  expect(await checkCaptures(desk.db)).toEqual([world.portal.id])
  const { address } = repository
  vi.stubEnv('RESTIC_REPOSITORY', `sftp:vault:${address}/gone`)
  await expect(capture({ keptBy: 'restic' })).rejects.toThrow('not captured')
  expect((await openAlerts()).sort()).toEqual(['second_place_failed', 'second_place_late'])
  await capture()
  expect((await openAlerts()).sort()).toEqual(['second_place_failed', 'second_place_late'])
  vi.stubEnv('RESTIC_REPOSITORY', `sftp:vault:${address}`)
  await capture({ keptBy: 'restic' })
  expect(await openAlerts()).toEqual([])
})

test('R14 what cannot be a second place is refused with the reason: the portal’s own server, a repository that does not open', async () => {
  vi.stubEnv('RESTIC_REPOSITORY', repository.address)
  expect(await set('restic')).toMatchObject({
    ok: false,
    refusal: { facts: { problem: `${repository.address} is on the portal's own server, and would be lost with it` } },
  })
  vi.stubEnv('RESTIC_REPOSITORY', undefined)
  expect(await set('restic')).toMatchObject({ ok: false, refusal: { facts: { codes: ['repository_unavailable'] } } })
  expect(await waiting()).toEqual(['own'])
})
