import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { carryOutRelease } from './carry-out-release.ts'
import { executeRun } from './execute-run.ts'
import { leavePaused } from './leave-paused.ts'
import { readTicket } from './read-ticket.ts'
import { releasePaused } from './release-paused.ts'
import { requestUndo } from './request-undo.ts'
import { refusalOf, runOf, taken, ticketIn, ticketRow, words } from './testing/desk.ts'
import { readReadyPreview, realScene } from './testing/real-scene.ts'
import { lifeOf } from './ticket-row.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl())
  await world.live.sql.unsafe(`create table crm.campaigns (id int primary key, status text not null);
    insert into crm.campaigns values (1, 'scheduled'), (2, 'scheduled'), (3, 'sent')`)
  const columns = { status: { set: 'paused' } }
  const protectedData = { tables: [], columns: [{ schema: 'crm', table: 'campaigns', kind: 'outbound' as const, columns }] }
  await scoped(desk.db, 'system', (tx) => tx.update(portals).set({ protectedData }).where(eq(portals.id, world.portal.id)))
})
afterEach(() => world.drop())

const run = (runId: string) =>
  executeRun(desk.db, runId, { ...world.work(), dataDir: world.journalRoot, authSecret: world.work().files.secret })
const work = () => ({ workerId: 'worker-1', signal: new AbortController().signal, observe: async () => undefined })
const statuses = async () => {
  const found = await world.live.sql<{ id: number; status: string }[]>`select id, status from crm.campaigns order by id`
  return found.map(({ id, status }) => `${id} ${status}`)
}

test('S69 what came back paused goes out by the owner’s word alone, once; it is in the log and told by mail; after the undo there is nothing of it to release', {
  timeout: 240_000,
}, async () => {
  // Written down by the restore point, deleted since; and one that is entered since, which the restore wipes.
  const scene = await realScene(desk.db, world)
  await world.live.sql.unsafe(`delete from crm.campaigns; insert into crm.campaigns values (9, 'scheduled')`)
  scene.preview = await readReadyPreview(desk.db, await world.preview(scene.snapshot.id))
  const ticketId = await ticketIn(desk.db, scene, 'restoring')
  const { id: runId } = await runOf(desk.db, ticketId)
  expect(await run(runId)).toEqual({ done: true, state: 'succeeded' })
  expect(await statuses()).toEqual(['1 paused', '2 paused', '3 paused'])
  const { number } = await ticketRow(desk.db, ticketId)
  const read = async (who: typeof scene.owner) => {
    const ticket = await readTicket(desk.db, who, number)
    const offers = ticket?.offers.filter(({ event }) => event.endsWith('_PAUSED')).map(({ event }) => event)
    return { paused: ticket?.paused, offers, state: ticket?.life.context.paused?.release }
  }
  const was = [
    { value: 'scheduled', rows: 2 },
    { value: 'sent', rows: 1 },
  ]
  const paused = [{ name: { en: 'Campaigns', pl: 'Campaigns' }, rows: 3, was }]
  expect(await read(scene.owner)).toEqual({ paused, offers: ['RELEASE_PAUSED', 'LEAVE_PAUSED'], state: 'open' })
  // Whoever asked for the restore, and the desk, see it and cannot touch it.
  for (const other of [scene.requester, scene.agent, scene.admin, scene.approver]) {
    expect(await read(other)).toEqual({ paused, offers: [], state: 'open' })
    expect(refusalOf(await releasePaused(desk.db, other, { ticketId, runId, actions: 3 }))).toBe('not_allowed')
    expect(refusalOf(await leavePaused(desk.db, other, { ticketId, runId }))).toBe('not_allowed')
  }
  // Another number than was shown, or another run: whoever presses an old page presses nothing.
  expect(refusalOf(await releasePaused(desk.db, scene.owner, { ticketId, runId, actions: 2 }))).toBe('nothing_paused')
  const other = crypto.randomUUID()
  expect(refusalOf(await releasePaused(desk.db, scene.owner, { ticketId, runId: other, actions: 3 }))).toBe('nothing_paused')

  taken(await leavePaused(desk.db, scene.owner, { ticketId, runId }))
  expect(await read(scene.owner)).toMatchObject({ offers: ['RELEASE_PAUSED'], state: 'left' })
  taken(await releasePaused(desk.db, scene.owner, { ticketId, runId, actions: 3 }))
  expect(refusalOf(await releasePaused(desk.db, scene.owner, { ticketId, runId, actions: 3 }))).toBe('nothing_paused')
  await world.live.sql`update crm.campaigns set status = 'cancelled' where id = 1`
  expect(await carryOutRelease(desk.db, runId, work())).toEqual({ done: true, state: 'released' })
  expect(await carryOutRelease(desk.db, runId, work())).toEqual({ done: true, state: 'released' })
  expect(await statuses()).toEqual(['1 cancelled', '2 scheduled', '3 sent'])
  expect(await read(scene.owner)).toEqual({ paused, offers: [], state: 'released' })
  const log = await desk.owner<{ type: string }[]>`
    select event->>'type' as type from log_entries where ticket_id = ${ticketId} and event->>'type' like '%PAUSED%' and refusal is null order by seq`
  expect(log.map(({ type }) => type)).toEqual(['LEAVE_PAUSED', 'RELEASE_PAUSED', 'PAUSED_RELEASED'])
  const mails = await desk.owner<{ data: unknown }[]>`
    select data from mail_outbox where ticket_id = ${ticketId} and template in ('restored', 'paused_released')`
  expect(mails.map(({ data }) => data)).toEqual(
    expect.arrayContaining([expect.objectContaining({ paused: 3 }), expect.objectContaining({ released: 2, left: 1 })]),
  )

  const { safetySnapshotId } = await runOf(desk.db, ticketId)
  const undo = await readReadyPreview(desk.db, await world.preview(safetySnapshotId ?? '', 'crm', 'undo'))
  expect(undo.report).toMatchObject({ paused: [{ rows: 1 }] })
  const asked = { ticketId, previewId: undo.id, digest: undo.digest ?? '', ...words(scene) }
  taken(await requestUndo(desk.db, scene.owner, asked))
  const back = await runOf(desk.db, ticketId)
  expect(await run(back.id)).toEqual({ done: true, state: 'succeeded' })
  expect(await statuses()).toEqual(['9 paused'])
  expect(refusalOf(await releasePaused(desk.db, scene.owner, { ticketId, runId, actions: 3 }))).toBe('nothing_paused')
  // What the undo itself brought back was the portal's own before the restore: paused by the same rule, and the owner's to release.
  taken(await releasePaused(desk.db, scene.owner, { ticketId, runId: back.id, actions: 1 }))
  await carryOutRelease(desk.db, back.id, work())
  expect(await statuses()).toEqual(['9 scheduled'])
  expect(lifeOf(await ticketRow(desk.db, ticketId)).state).toBe('undone')
})
