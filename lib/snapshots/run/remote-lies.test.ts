import { readdir } from 'node:fs/promises'
import { eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { extractedFiles } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { startLiar, type Twist } from '../adapters/http/testing/liar.ts'
import { changesOutcome, saysDoneAfter, saysDoneUnasked } from '../adapters/http/testing/lies.ts'
import { startRemote } from '../adapters/http/testing/remote.ts'
import { keptByRemote } from '../testing/kept-by-remote.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from '../testing/portal-world.ts'
import { executeRun } from './execute-run.ts'

let desk: TestDatabase
let honest: Awaited<ReturnType<typeof startRemote>>
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
  honest = await startRemote(serverUrl(), { patienceMs: 5_000 })
})
afterAll(async () => {
  await honest.stop()
  await desk.drop()
})
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl())
  await keptByRemote(world, honest.remote)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await world.drop()
})

const both = ['crm', 'intranet']
const filesOf = (runId: string) =>
  scoped(desk.db, 'system', (tx) => tx.select().from(extractedFiles).where(eq(extractedFiles.runId, runId)))

test('a portal whose snapshots a remote keeps is restored as agreed, proved, and the way back is exact (S57)', async () => {
  const snapshot = await world.capture()
  const crmBefore = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
  const replaced = await world.contents(both)
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(crmBefore)
  expect(await filesOf(runId)).toMatchObject([
    { kind: 'carry_over', rows: 71, tables: [{ table: 'deals', rows: 71, written: 71 }] },
  ])
  const run = await world.readRun(runId)
  const undoId = await world.run(await world.preview(run.safetySnapshotId ?? '', 'crm', 'undo'), 'undo', runId)
  expect(await executeRun(desk.db, undoId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(both)).toBe(replaced)
  expect(await world.leftovers()).toEqual([])
})

test.each<[string, string, () => Twist]>([
  ['did nothing and says restored', 'the portal does not show it', () => saysDoneAfter(true)],
  ['says restored before it was asked to commit', 'without asking', () => saysDoneUnasked],
  ['restored, and changes its word', 'and then failed', () => changesOutcome(2, { outcome: 'failed' })],
])('S119 a remote that %s: the run is never restored, says so, and the next one may begin at once', async (_, because, twist) => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const preview = await world.preview(snapshot.id)
  const lies = twist()
  // Only about the restore itself: what comes before it is honest, as of one that means to be believed.
  const restores = new Set<string>()
  const liar = await startLiar(honest.remote.url, async (passing) => {
    const { path, body, honest: ask } = passing
    if (path === '/restores' && JSON.stringify(body).includes('"kind":"restore"')) {
      const answer = await ask()
      restores.add(String(answer.body.operationId))
      return answer
    }
    return [...restores].some((id) => path.includes(id)) ? lies(passing) : null
  })
  onTestFinished(liar.stop)
  vi.stubEnv('HTTP_ADAPTER_URL', liar.url)
  const runId = await world.run(preview)
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'failed' })
  expect(await world.readRun(runId)).toMatchObject({
    report: { failure: 'unproved' },
    refusal: { code: 'remote_unproved' },
    reason: textWith(because),
  })
  const [lease] = await scoped(desk.db, 'system', (tx) =>
    tx.execute(sql`select expires_at from portal_leases where portal_id = ${world.portal.id} and expires_at > clock_timestamp()`),
  )
  expect(lease).toBeUndefined()
  vi.stubEnv('HTTP_ADAPTER_URL', honest.remote.url)
  const again = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, again, world.work())).toEqual({ done: true, state: 'succeeded' })
})

test('S119 a remote that does not stand by the rows it hands out: no half file is left, and nothing is restored', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const before = await world.contents(both)
  const preview = await world.preview(snapshot.id)
  const readings = new Map<string, number>()
  const liar = await startLiar(honest.remote.url, async ({ method, path, honest: ask }) => {
    if (method !== 'GET' || !path.startsWith('/extracts/')) return null
    const page = await ask()
    const nth = (readings.get(path) ?? 0) + 1
    readings.set(path, nth)
    // The first of the three files is whole by then.
    return nth < 2 ? page : { ...page, body: { ...page.body, rows: z.array(z.unknown()).parse(page.body.rows).slice(1) } }
  })
  onTestFinished(liar.stop)
  vi.stubEnv('HTTP_ADAPTER_URL', liar.url)
  const runId = await world.run(preview)
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'failed' })
  expect(await world.readRun(runId)).toMatchObject({
    report: { failure: 'refused' },
    refusal: { code: 'remote_unusable' },
    reason: textWith('come others than those that it told of'),
  })
  expect([...readings.values()]).toEqual([2])
  expect(await filesOf(runId)).toEqual([])
  expect(await readdir(world.work().files.root)).toEqual([])
  expect(await world.contents(both)).toBe(before)
})
