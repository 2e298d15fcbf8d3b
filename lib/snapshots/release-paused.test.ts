import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type PausedSummary, pausedActions, pausedOutbound, portals, previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { computePreview } from './compute-preview.ts'
import { acquireLease, releaseLease } from './lease.ts'
import { askRelease, dropRelease, type ReleaseWork, releasePaused, reportRelease, sweepReleases } from './release-paused.ts'
import { requestPreview } from './request-preview.ts'
import { executeRun } from './run/execute-run.ts'
import { makePortalWorld, type PortalWorld } from './testing/portal-world.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl())
  await world.live.sql.unsafe(remindersSql)
  await scoped(desk.db, 'system', (tx) =>
    tx.update(portals).set({ protectedData, tableWords }).where(eq(portals.id, world.portal.id)),
  )
})
afterEach(() => world.drop())

const remindersSql = `
  create table crm.reminders (id int primary key, company_id int references crm.companies, status text not null default 'scheduled');
  insert into crm.reminders select n, n, case when n > 9 then 'sent' else 'scheduled' end from generate_series(1, 12) n;`
/** The first ten are deleted; two stay, and one of these is sent meanwhile. */
const deletedSql = `delete from crm.reminders where id <= 10; update crm.reminders set status = 'sent again' where id = 11;`
const protectedData = {
  tables: [],
  columns: [{ schema: 'crm', table: 'reminders', kind: 'outbound' as const, columns: { status: { set: 'paused' } } }],
}
const name = { en: 'Reminders', pl: 'Przypomnienia' }
const tableWords = [{ schema: 'crm', table: 'reminders', name }]
const tenPaused: PausedSummary[] = [
  {
    schema: 'crm',
    table: 'reminders',
    name,
    rows: 10,
    was: [
      { value: 'scheduled', rows: 9 },
      { value: 'sent', rows: 1 },
    ],
  },
]

const reportOf = async (previewId: string) => {
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  return row?.report
}
const keptOf = async (runId: string) => {
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(pausedOutbound).where(eq(pausedOutbound.runId, runId)))
  return row
}
const statuses = async () => {
  const found = await world.live.sql<{ id: number; status: string }[]>`select id, status from crm.reminders order by id`
  return found.map(({ id, status }) => `${id} ${status}`)
}
const paused = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index} paused`)
const work = (over: Partial<ReleaseWork> = {}): ReleaseWork => ({
  workerId: 'worker-1',
  signal: new AbortController().signal,
  observe: async () => undefined,
  report: (row) => scoped(desk.db, 'system', (tx) => reportRelease(tx, row.runId)),
  ...over,
})
const ask = (runId: string) => scoped(desk.db, 'system', (tx) => askRelease(tx, runId))
const release = (runId: string, over?: Partial<ReleaseWork>) => releasePaused(desk.db, runId, work(over))

test('S69 in place: preview and report count what comes back paused, by table; which they are outlives a worker that dies after the commit, and nothing goes out unasked, or after an undo was', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(deletedSql)
  const previewId = await world.preview(snapshot.id)
  expect(await reportOf(previewId)).toMatchObject({ paused: [{ name, rows: 10 }] })
  const runId = await world.run(previewId)
  const dying = async (boundary: string) => {
    if (boundary === 'run.adopted') throw new Error('killed')
  }
  expect(await executeRun(desk.db, runId, world.work({ observe: dying }))).toEqual({ done: true, state: 'succeeded' })
  const { report, safetySnapshotId } = await world.readRun(runId)
  expect(report).toMatchObject({ learntAfterwards: true, paused: [{ schema: 'crm', table: 'reminders', rows: 10 }] })
  expect(await keptOf(runId)).toMatchObject({ tables: tenPaused, safetySnapshotId, releaseState: null })
  // S84: which they are is nobody's to read.
  const all = (who: string) => scoped(desk.db, who, (tx) => tx.select().from(pausedActions))
  expect([(await all('system')).length, (await all(world.owner.id)).length]).toEqual([1, 0])

  expect(await release(runId)).toEqual({ done: false, why: 'not_asked' })
  await ask(runId)
  const held = await acquireLease(desk.db, { portalId: world.portal.id, holder: 'a capture', purpose: 'capture' })
  if (!held.ok) throw new Error('the portal is not free')
  expect(await release(runId)).toEqual({ done: false, why: 'busy' })
  await releaseLease(desk.db, held.lease)
  await desk.owner`update paused_outbound set asked_at = now() - interval '1 minute' where run_id = ${runId}`
  expect(await sweepReleases(desk.db), 'a dead worker’s is enqueued again').toEqual([runId])
  await scoped(desk.db, 'system', (tx) => dropRelease(tx, runId))
  expect(await release(runId)).toEqual({ done: false, why: 'not_asked' })
  expect(await statuses()).toEqual([...paused(1, 10), '11 sent again', '12 sent'])
})

test('S69 released by workers that die before and after the commit: each is what it was, once; what people changed or deleted stays, and the figures are told as they were', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(deletedSql)
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  const dyingAt = (deadly: string) => async (boundary: string) => {
    if (boundary === deadly) throw new Error('killed')
  }
  await ask(runId)
  expect(await release(runId, { observe: dyingAt('release.kept') })).toEqual({ done: false, why: 'again' })
  expect(await statuses()).toEqual([...paused(1, 10), '11 sent again', '12 sent'])

  await world.live.sql`update crm.reminders set status = 'cancelled' where id = 1`
  await world.live.sql`delete from crm.reminders where id = 2`
  expect(await release(runId, { observe: dyingAt('release.committed') })).toEqual({ done: false, why: 'again' })
  const scheduled = [3, 4, 5, 6, 7, 8, 9].map((id) => `${id} scheduled`)
  expect(await statuses()).toEqual(['1 cancelled', ...scheduled, '10 sent', '11 sent again', '12 sent'])

  await world.live.sql`update crm.reminders set status = 'paused' where id = 3`
  const told: unknown[] = []
  const report: ReleaseWork['report'] = async (row) => {
    told.push(row.released)
    await scoped(desk.db, 'system', (tx) => reportRelease(tx, row.runId))
  }
  expect(await release(runId, { report })).toEqual({ done: true, state: 'released' })
  expect(await release(runId, { report })).toEqual({ done: true, state: 'released' })
  expect(told).toEqual([[{ schema: 'crm', table: 'reminders', released: 8, changed: 1, gone: 1 }]])
  expect(await statuses(), 'paused by somebody, and not released again').toContain('3 paused')
})

test('S69 where the whole database changes places with its copy, the carrier’s paused rows count and are released the same way', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(`${deletedSql} alter table crm.notes add column extra int`)
  const previewId = await world.preview(snapshot.id, 'full')
  expect(await reportOf(previewId)).toMatchObject({ way: 'swap', paused: [{ name, rows: 10 }] })
  const runId = await world.run(previewId)
  // Deleted when the safety copy is made already: only what is replaced itself tells.
  const observe = async (boundary: string) => {
    if (boundary === 'run.rehearsed') await world.live.sql`delete from crm.reminders where id = 12`
  }
  expect(await executeRun(desk.db, runId, world.work({ observe }))).toEqual({ done: true, state: 'succeeded' })
  expect(await statuses()).toEqual([...paused(1, 10), '11 sent again', '12 paused'])
  expect((await keptOf(runId))?.tables[0]?.rows).toBe(11)
  await ask(runId)
  expect(await release(runId)).toEqual({ done: true, state: 'released' })
  expect((await statuses()).slice(-4)).toEqual(['9 scheduled', '10 sent', '11 sent again', '12 sent'])
})

test('S69 of records that are put back, only those that came are paused and released', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(deletedSql)
  const records = [{ schema: 'crm', table: 'reminders', columns: ['id'], keys: [['3'], ['10']] }]
  const input = {
    portalId: world.portal.id,
    snapshotId: snapshot.id,
    scope: 'put_back' as const,
    policyVersion: 1,
    requestedBy: null,
  }
  const asked = await scoped(desk.db, 'system', (tx) =>
    requestPreview(tx, { ...input, selection: { kind: 'records', within: 'crm', records } }),
  )
  await computePreview(desk.db, asked?.previewId ?? '', new AbortController().signal)
  expect(await reportOf(asked?.previewId ?? '')).toMatchObject({ paused: [{ name, rows: 2 }] })
  const runId = await world.run(asked?.previewId ?? '')
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect((await keptOf(runId))?.tables).toMatchObject([{ rows: 2 }])
  await ask(runId)
  expect(await release(runId)).toEqual({ done: true, state: 'released' })
  expect(await statuses()).toEqual(['3 scheduled', '10 sent', '11 sent again', '12 sent'])
})
