import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { executeRun } from './execute-run.ts'
import { requestUndo } from './request-undo.ts'
import { begin, runOf, taken, ticketIn, ticketRow, words } from './testing/desk.ts'
import { readReadyPreview, realScene } from './testing/real-scene.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl())
})
afterEach(() => world.drop())

const readPreview = (id: string) => readReadyPreview(desk.db, id)
const makeRealScene = () => realScene(desk.db, world)

const work = () => ({ ...world.work(), dataDir: world.journalRoot, authSecret: world.work().files.secret })

test('a ticket is restored by its run, its safety copy is held, and the owner’s undo brings everything back (S57)', {
  timeout: 240_000,
}, async () => {
  const scene = await makeRealScene()
  const wrecked = await world.contents(['crm', 'intranet'])
  const ticketId = await ticketIn(desk.db, scene, 'restoring')
  const restore = await runOf(desk.db, ticketId)
  expect(await executeRun(desk.db, restore.id, work())).toEqual({ done: true, state: 'succeeded' })
  expect((await ticketRow(desk.db, ticketId)).state).toBe('restored')
  const done = await runOf(desk.db, ticketId)
  expect(done.reportedAt).not.toBeNull()
  const held = await desk.owner<
    { snapshot_id: string }[]
  >`select snapshot_id from holds where ticket_id = ${ticketId} and released_at is null`
  expect(held).toMatchObject([{ snapshot_id: done.safetySnapshotId }])

  const undo = await readPreview(await world.preview(done.safetySnapshotId ?? '', 'crm', 'undo'))
  const asked = { ticketId, previewId: undo.id, digest: undo.digest ?? '', ...words(scene) }
  taken(await requestUndo(desk.db, scene.owner, asked))
  const back = await runOf(desk.db, ticketId)
  expect(await executeRun(desk.db, back.id, work())).toEqual({ done: true, state: 'succeeded' })
  expect((await ticketRow(desk.db, ticketId)).state).toBe('undone')
  expect(await world.contents(['crm', 'intranet'])).toBe(wrecked)
})

test('R11 a loss that has grown sends the ticket back to its owner with a new preview that counts it', async () => {
  const scene = await makeRealScene()
  const ticketId = await ticketIn(desk.db, scene, 'scheduled')
  await world.live
    .sql`insert into crm.deals (company_id, title, amount, created_by) values (1, 'Signed this morning', 90000, 'ewa')`
  taken(await begin(desk.db, ticketId))
  const run = await runOf(desk.db, ticketId)
  expect(await executeRun(desk.db, run.id, work())).toEqual({ done: true, state: 'stale' })
  const ticket = await ticketRow(desk.db, ticketId)
  expect(ticket.state).toBe('verifyingOwner')
  expect(ticket.previewId).not.toBe(scene.preview.id)
  const fresh = await readPreview(ticket.previewId)
  expect(fresh.report).toMatchObject({ totals: { wiped: 51 } })
})
