import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extractedFiles, fileDownloads } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember } from '#db/testing/factories.ts'
import type { Person } from '#lib/domain/actor.ts'
import { makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { unzip } from '#lib/snapshots/testing/unzip.ts'
import { downloadFile } from './download-file.ts'
import { executeRun, fileStoreOf } from './execute-run.ts'
import { readTicket } from './read-ticket.ts'
import { makeScene, person, runOf, type Scene, ticketIn, ticketRow } from './testing/desk.ts'
import { realScene } from './testing/real-scene.ts'

const authSecret = 'a secret of the test, thirty-two long'
let desk: TestDatabase
let world: PortalWorld
let scene: Scene
let foreign: Scene
let number: number
let fileId: string
beforeAll(async () => {
  desk = await cloneDatabase()
  world = await makePortalWorld(desk.db, serverUrl())
  scene = await realScene(desk.db, world)
  foreign = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'restoring')
  const run = await runOf(desk.db, ticketId)
  const work = { ...world.work(), dataDir: world.journalRoot, authSecret }
  expect(await executeRun(desk.db, run.id, work)).toEqual({ done: true, state: 'succeeded' })
  ;({ number } = await ticketRow(desk.db, ticketId))
  fileId = (await readTicket(desk.db, scene.owner, number))?.files[0]?.id ?? ''
})
afterAll(async () => {
  await world.drop()
  await desk.drop()
})

const ask = (who: Person, change: Partial<{ number: number; fileId: string }> = {}) =>
  downloadFile(desk.db, who, { number, fileId, ...change }, fileStoreOf(world.journalRoot, authSecret))
const logged = () => desk.owner<{ user_id: string }[]>`select user_id from file_downloads order by at`

test('owner and requester download it, and each download is written down: who', async () => {
  for (const who of [scene.owner, scene.requester]) {
    const file = await ask(who)
    if (!file) throw new Error('not let at it')
    const bytes = await buffer(file.read())
    expect(bytes).toHaveLength(file.bytes)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256)
    expect((await unzip(bytes)).get('for people/Deals.csv')).toContain('Late deal 7')
    expect(file.name).toMatch(/ #\d+ restore \d{4}-\d{2}-\d{2}\.zip$/)
  }
  expect((await logged()).map((row) => row.user_id)).toEqual([scene.owner.userId, scene.requester.userId])
})

test('S84 S113 for the desk, a colleague, another portal, a wrong number or a wrong id it is not there, and nothing is written down', async () => {
  const before = await logged()
  const colleague = person(await makeMember(desk.db, scene.portal.id))
  const strangers = [scene.agent, scene.approver, scene.admin, colleague, foreign.owner, foreign.requester]
  for (const who of strangers) expect(await ask(who)).toBeNull()
  expect(await ask(scene.owner, { number: number + 1 })).toBeNull()
  expect(await ask(scene.owner, { number: Number.NaN })).toBeNull()
  for (const wrong of [crypto.randomUUID(), '../../etc/passwd', '']) expect(await ask(scene.owner, { fileId: wrong })).toBeNull()
  expect(await logged()).toEqual(before)
})

test('S84 the desk sees that it exists and what it counts', async () => {
  const seen = await readTicket(desk.db, scene.agent, number)
  expect(seen?.files).toMatchObject([
    { by: 'restore', rows: 71, over: false, mayDownload: false, tables: [{ table: 'deals', rows: 71 }] },
  ])
  expect((await readTicket(desk.db, scene.owner, number))?.files).toMatchObject([{ mayDownload: true }])
})

test('I8 row-level security hides files and downloads from other portals, and a download cannot be unwritten', async () => {
  const seenBy = (key: string) =>
    scoped(desk.db, key, async (tx) => [
      (await tx.select().from(extractedFiles)).length,
      (await tx.select().from(fileDownloads)).length,
    ])
  expect(await seenBy(foreign.owner.userId)).toEqual([0, 0])
  expect((await seenBy(scene.owner.userId))[0]).toBe(1)
  const foreignLog = scoped(desk.db, foreign.owner.userId, (tx) =>
    tx.insert(fileDownloads).values({ fileId, portalId: scene.portal.id, userId: foreign.owner.userId }),
  )
  await expect(foreignLog).rejects.toThrow()
  for (const statement of [
    sql`delete from file_downloads`,
    sql`update file_downloads set at = now()`,
    sql`delete from extracted_files`,
  ])
    await expect(scoped(desk.db, 'system', (tx) => tx.execute(statement))).rejects.toThrow()
})

test('S15 the mail of the end says that there are files, and counts nothing', async () => {
  const mails = await desk.owner<{ data: Record<string, unknown> }[]>`select data from mail_outbox where template = 'restored'`
  expect(mails.length).toBeGreaterThan(0)
  for (const { data } of mails) expect(data).toMatchObject({ files: true })
})

test('S14 who has left the portal is no longer let at it; once its time is over nobody is', async () => {
  await desk.owner`update portal_people set deactivated_at = now() where user_id = ${scene.requester.userId}`
  expect(await ask(scene.requester)).toBeNull()
  await desk.owner`update extracted_files set expires_at = now() where id = ${fileId}`
  expect(await ask(scene.owner)).toBeNull()
  expect((await readTicket(desk.db, scene.owner, number))?.files).toMatchObject([{ over: true, mayDownload: false }])
})
