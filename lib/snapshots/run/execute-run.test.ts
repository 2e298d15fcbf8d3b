import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { runSteps } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from '../testing/portal-world.ts'
import { executeRun } from './execute-run.ts'

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

const both = ['crm', 'intranet']
const finishedSteps = async (runId: string) => {
  const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(runSteps).where(eq(runSteps.runId, runId)))
  return rows.filter((row) => row.finishedAt !== null).map((row) => row.step)
}

test('a swap puts the whole portal back, keeps what it replaced, and every step is written down', async () => {
  const snapshot = await world.capture()
  const before = await world.contents(both)
  await world.live.sql.unsafe(incidentSql)
  await world.live.sql.unsafe('alter table crm.deals add column extra int')
  const replaced = await world.contents(both)
  const runId = await world.run(await world.preview(snapshot.id, 'full'))
  expect((await world.readRun(runId)).way).toBe('swap')

  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })

  expect(await world.contents(both)).toBe(before)
  const run = await world.readRun(runId)
  expect(run).toMatchObject({ state: 'succeeded', attempts: 1 })
  expect(run.reportedAt).not.toBeNull()
  expect(run.offlineMs).toBeGreaterThan(0)
  expect(await finishedSteps(runId)).toEqual(
    expect.arrayContaining(['announce', 'safetyCopy', 'rehearse', 'commit', 'prove', 'release']),
  )
  expect(await world.leftovers()).toEqual([])
  expect(replaced).not.toBe(before)
  const safety = await world.readSnapshot(run.safetySnapshotId ?? '')
  expect(safety).toMatchObject({ label: 'safety', state: 'ready' })
})
