import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { portalLeases } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal } from '#db/testing/factories.ts'
import { textWith } from '#db/testing/matchers.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { serversWithPrograms } from '#lib/snapshots/adapters/postgres/testing/servers.ts'
import { makeRepository } from '#lib/snapshots/adapters/restic/testing/repository.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { setFilesPath } from './set-files-path.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const operator = systemActor('operator')
const [server] = serversWithPrograms()
if (!server) throw new Error('PostgreSQL’s own programs are not installed')

let desk: TestDatabase
let portalServer: { url: string; stop: () => Promise<void> }
let repository: ReturnType<typeof makeRepository>
let world: PortalWorld
let folder: string
beforeAll(async () => {
  desk = await cloneDatabase()
  portalServer = await server.start()
})
afterAll(async () => {
  await portalServer.stop()
  await desk.drop()
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'files-path-'))
  repository = makeRepository()
  vi.stubEnv('RESTIC_PASSWORD_FILE', repository.passwordFile)
  vi.stubEnv('RESTIC_REPOSITORY', repository.address)
  world = await makePortalWorld(desk.db, portalServer.url)
})
afterEach(async () => {
  await world.drop()
  repository.drop()
  rmSync(folder, { recursive: true, force: true })
  vi.unstubAllEnvs()
  await desk.owner`truncate portals, datastores cascade`
})

const below = (...parts: string[]) => join(folder, ...parts)
const set = (path: string | null) => setFilesPath(desk.db, operator, { portalId: world.portal.id, path }, below('desk'))
const inArchives = () => desk.owner`update datastores set adapter = 'restic'`
const kept = async () => (await scoped(desk.db, 'system', (tx) => portalAtHand(tx, world.portal.id)))?.ref.filesPath

test('where restore points hold files, their place is kept and reaches the adapter; none takes it back', async () => {
  await inArchives()
  mkdirSync(below('files'))
  expect(await set(`${below('files')}/`)).toMatchObject({ ok: true, path: below('files') })
  expect(await kept()).toBe(below('files'))
  expect(await set(null)).toMatchObject({ ok: true, path: null })
  expect(await kept()).toBeNull()
})

test('the same place as another portal’s, within it or around it is refused, also by way of a link', async () => {
  await inArchives()
  mkdirSync(below('files', 'inner'), { recursive: true })
  mkdirSync(below('files-of-others'))
  symlinkSync(below('files'), below('way'))
  await makePortal(desk.db, { name: 'Other', filesPath: below('files') })
  for (const path of [below('files'), below('files', 'inner'), below('way', 'inner')])
    expect(await set(path), path).toMatchObject({
      ok: false,
      refusal: { facts: { problem: `${path} and the files of other, ${below('files')}, lie in each other` } },
    })
  expect(await set(below('files-of-others'))).toMatchObject({ ok: true })
})

test('what the adapter cannot work with is refused with its own reasons', async () => {
  await inArchives()
  mkdirSync(below('files'))
  vi.stubEnv('RESTIC_REPOSITORY', below('no-repository'))
  expect(await set(below('files'))).toMatchObject({ ok: false, refusal: { facts: { codes: ['repository_unavailable'] } } })
  expect(await kept()).toBeNull()
})

test('while a restore is at work, or waits for a worker to take it over, nothing is moved under it', async () => {
  await inArchives()
  mkdirSync(below('files'))
  await scoped(desk.db, 'system', (tx) =>
    tx
      .insert(portalLeases)
      .values({ portalId: world.portal.id, holder: 'worker', purpose: 'restore', expiresAt: new Date(Date.now() + 60_000) }),
  )
  expect(await set(below('files'))).toMatchObject({
    ok: false,
    refusal: { facts: { problem: textWith('a restore of it is at work') } },
  })
  await desk.owner`update portal_leases set expires_at = now() - interval '1 second'`
  expect(await set(below('files'))).toMatchObject({ ok: true })
  await desk.owner`update datastores set adapter = 'postgres'`
  await desk.owner`delete from portal_leases`
  const runId = await world.run(await world.preview((await world.capture()).id))
  await inArchives()
  await desk.owner`update runs set state = 'running' where id = ${runId}`
  expect(await set(null)).toMatchObject({ ok: false, refusal: { facts: { problem: textWith('a restore of it is at work') } } })
  await desk.owner`update runs set state = 'failed' where id = ${runId}`
  expect(await set(null)).toMatchObject({ ok: true })
})

test('S56 while a restore that moved files can be undone they stay where its undo finds them; refused with until when', async () => {
  const runId = await world.run(await world.preview((await world.capture()).id, 'full'))
  await inArchives()
  for (const name of ['files', 'other']) mkdirSync(below(name))
  expect(await set(below('files'))).toMatchObject({ ok: true })
  await desk.owner`update runs set state = 'succeeded', finished_at = now() - interval '71 hours', report = '{"filesFrom": "/journal"}' where id = ${runId}`
  const refused = (until: Date) => ({
    ok: false,
    refusal: { facts: { until: until.toISOString(), problem: textWith(until.toISOString()) } },
  })
  const hours = (from: Date, count: number) => new Date(from.getTime() + count * 3_600_000)
  const restoredAt = z.date().parse((await world.readRun(runId)).finishedAt)
  for (const path of [null, below('other')]) expect(await set(path)).toMatchObject(refused(hours(restoredAt, 72)))
  expect(await set(below('files'))).toMatchObject({ ok: true })

  // Of a ticket the ticket knows, which an open complaint prolongs.
  const { snapshotId } = await world.readRun(runId)
  const ticket = await world.ticket(snapshotId, 'restored')
  const until = hours(restoredAt, 96)
  const undo = { undo: { runId, safetySnapshotId: snapshotId, restoredAt: restoredAt.toISOString(), until: until.toISOString() } }
  await desk.owner`update tickets set machine_state = ${desk.owner.json(undo)} where id = ${ticket.id}`
  await desk.owner`update runs set ticket_id = ${ticket.id}`
  expect(await set(null)).toMatchObject(refused(until))
  expect(await kept()).toBe(below('files'))
  await desk.owner`update tickets set machine_state = jsonb_set(machine_state, '{undo,until}', '"2026-01-01T00:00:00Z"') where id = ${ticket.id}`
  expect(await set(null)).toMatchObject({ ok: true, path: null })
  expect(await set(below('files'))).toMatchObject({ ok: true })
  await desk.owner`update tickets set machine_state = ${desk.owner.json(undo)}, state = 'undone' where id = ${ticket.id}`
  expect(await set(null)).toMatchObject({ ok: true, path: null })
})

test('an adapter that keeps no files is refused, and told which one does', async () => {
  mkdirSync(below('files'))
  expect(await set(below('files'))).toMatchObject({
    ok: false,
    refusal: {
      facts: { problem: 'its restore points are kept by the adapter postgres, which keeps no files; restic does' },
    },
  })
})

test.each([
  ['a relative path', 'files', 'is no absolute path'],
  ['the whole machine', '/', 'the whole machine'],
  ['the whole machine, spelt otherwise', '/srv/..', 'the whole machine'],
  ['what is not there', '/srv/nobody/was/here', 'is not there on this machine'],
])('%s is refused in words', async (_, path, words) => {
  await inArchives()
  expect(await set(path)).toMatchObject({ ok: false, refusal: { facts: { problem: textWith(words) } } })
  expect(await kept()).toBeNull()
})

test('a file, a link, the desk’s own folder and what it lies in are refused', async () => {
  await inArchives()
  mkdirSync(below('files'))
  mkdirSync(below('desk', 'files'), { recursive: true })
  writeFileSync(below('file'), '')
  symlinkSync(below('files'), below('link'))
  for (const [path, words] of [
    [below('file'), 'is no directory'],
    [below('link'), `is a link; name the directory itself: ${below('files')}`],
    [below('desk'), 'DATA_DIR'],
    [below('desk', 'files'), 'DATA_DIR'],
    [folder, 'DATA_DIR'],
  ] as const)
    expect(await set(path), path).toMatchObject({ ok: false, refusal: { facts: { problem: textWith(words) } } })
})
