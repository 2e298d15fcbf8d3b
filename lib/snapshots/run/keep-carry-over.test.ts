import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { extractedFiles, runSteps } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { forgetFiles } from '../extract/forget-files.ts'
import { readStored } from '../extract/store-file.ts'
import { startKillGround } from '../testing/kill-ground.ts'
import { makeGround } from '../testing/kill-sweep.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from '../testing/portal-world.ts'
import { unzip } from '../testing/unzip.ts'
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
afterEach(async () => {
  await desk.owner`update policy_versions set policy = '{}'`
  await world.drop()
})

const csv = (name: string) => `for people/${name}.csv`
const fileOf = async (runId: string) => {
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(extractedFiles).where(eq(extractedFiles.runId, runId)))
  return row ?? null
}
async function openFile(runId: string) {
  const row = await fileOf(runId)
  if (!row) throw new Error(`run ${runId} has no file`)
  return { row, texts: await unzip(await buffer(readStored(world.work().files, row.storedAs))) }
}
const linesOf = (text: string | undefined) => (text ?? '').trimEnd().split('\r\n')
const detailOf = async (runId: string) => {
  const steps = await scoped(desk.db, 'system', (tx) => tx.select().from(runSteps).where(eq(runSteps.runId, runId)))
  return steps.find(({ step }) => step === 'carryOver')?.detail
}

test('what a restore wipes and overwrites is in its files, exactly that; what is typed afterwards and undone is in the undo’s own', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  await world.live
    .sql`insert into crm.deals (company_id, title, amount, created_by) values (1, '=HYPERLINK("http://evil")', -5.5, 'ewa')`
  const runId = await world.run(await world.preview(snapshot.id))
  const passed: string[] = []
  const work = world.work({ observe: async (boundary) => void passed.push(boundary) })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'succeeded' })
  expect(passed.indexOf('run.safetyKept')).toBeLessThan(passed.indexOf('run.carriedOver'))
  expect(passed.indexOf('run.carriedOver')).toBeLessThan(passed.indexOf('restore.begin'))

  const { row, texts } = await openFile(runId)
  expect(row).toMatchObject({
    kind: 'carry_over',
    rows: 72,
    tables: [{ table: 'deals', rows: 72, written: 72 }],
    deletedAt: null,
  })
  expect([...texts.keys()]).toEqual([
    csv('Deals'),
    'for machines/crm.deals.jsonl',
    'for machines/crm.deals.sql',
    'README.txt',
    'CZYTAJ.txt',
  ])
  const lines = linesOf(texts.get(csv('Deals')))
  expect(lines[0]).toBe('\uFEFFWhat happened,id,company_id,title,amount,created_by,created_at')
  expect(lines).toHaveLength(73)
  expect(lines.filter((line) => line.startsWith('wiped,'))).toHaveLength(51)
  expect(lines.find((line) => line.includes('evil'))).toContain(`"'=HYPERLINK(""http://evil"")",-5.50,ewa,`)
  // As it was when it was overwritten, not as it is again.
  expect(lines.find((line) => line.startsWith('overwritten,500,'))).toContain('Deal 500,626.00,')
  expect(texts.get('for machines/crm.deals.jsonl')).toContain(String.raw`"title":"=HYPERLINK(\"http://evil\")","amount":-5.50`)
  expect(texts.get('README.txt')).toContain('Deals: 72')

  const run = await world.readRun(runId)
  await world.live.sql`insert into crm.deals (company_id, title, amount, created_by) values (2, 'Typed since', 1, 'jan')`
  const undoId = await world.run(await world.preview(run.safetySnapshotId ?? '', 'crm', 'undo'), 'undo', runId)
  expect(await executeRun(desk.db, undoId, world.work())).toEqual({ done: true, state: 'succeeded' })
  const undone = await openFile(undoId)
  expect(undone.row.rows).toBe(1)
  expect(linesOf(undone.texts.get(csv('Deals')))[1]).toContain('Typed since')
  expect((await openFile(runId)).row.id).toBe(row.id)
  expect(await world.leftovers()).toEqual([])
})

test('people wrote between safety copy and lock: the files hold what was really wiped, from the copy that took its place', async () => {
  await desk.owner`update policy_versions set policy = '{"toleranceRows": 5}'`
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  const work = world.work({
    observe: async (boundary) => {
      if (boundary !== 'run.rehearsed') return
      await world.live
        .sql`insert into crm.deals (company_id, title, amount, created_by) values (2, 'In the last second', 1, 'jan')`
      await world.live.sql`delete from crm.deals where title = 'Late deal 33'`
    },
  })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'succeeded' })
  const { row, texts } = await openFile(runId)
  expect(row.sourceSnapshotId).toBe((await world.readRun(runId)).safetySnapshotId)
  expect(texts.get(csv('Deals'))).toContain('In the last second')
  expect(texts.get(csv('Deals'))).not.toContain('Late deal 33,')
  expect(await readdir(world.work().files.root)).toEqual([row.storedAs])
})

test('a swap hands over what it replaced, of every table, a table with another structure too', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  await world.live.sql.unsafe('alter table crm.notes add column extra int')
  const runId = await world.run(await world.preview(snapshot.id, 'full'))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect((await world.readRun(runId)).way).toBe('swap')
  const { row, texts } = await openFile(runId)
  expect(row.sourceSnapshotId).toBe((await world.readRun(runId)).safetySnapshotId)
  expect(row.tables.map(({ table }) => table).sort()).toEqual(['deals', 'notes', 'posts'])
  expect(linesOf(texts.get(csv('Notes')))[0]).toContain('extra')
})

test('nothing to wipe makes no file', async () => {
  const snapshot = await world.capture()
  await world.live.sql`delete from crm.notes where deal_id < 5`
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await fileOf(runId)).toBeNull()
  expect(await detailOf(runId)).toMatchObject({ rows: 0 })
})

test('beyond the policy’s number rows are named as left out, in the file and in its row, and every format has the same ones', async () => {
  await desk.owner`update policy_versions set policy = '{"carryOverMaximumRows": 30}'`
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  await world.live.sql`update crm.companies set name = name || '!' where id < 11`
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  const { row, texts } = await openFile(runId)
  expect(row).toMatchObject({ rows: 81 })
  expect(row.tables).toMatchObject([
    { table: 'companies', rows: 10, written: 10 },
    { table: 'deals', rows: 71, written: 20 },
  ])
  expect(linesOf(texts.get(csv('Deals')))).toHaveLength(21)
  expect(texts.get('for machines/crm.deals.jsonl')?.trimEnd().split('\n')).toHaveLength(20)
  expect(texts.get('for machines/crm.deals.sql')?.match(/^insert into/gm)).toHaveLength(20)
  expect(texts.get('README.txt')).toContain('Deals: 20 of 71; the rest is beyond the limit')
  expect(texts.get('CZYTAJ.txt')).toContain('Deals: 20 z 71')
  expect(await detailOf(runId)).toMatchObject({ leftOut: 51 })
})

test.each([
  ['S51 where there is no room', '/proc', 'disk_full', 'are free'],
  ['where they cannot be written', '/dev/null/files', 'carry_over', 'could not be put into files'],
])('%s, the run stops before anything is locked and says why', async (_, root, failure, reason) => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const before = await world.contents(['crm', 'intranet'])
  const runId = await world.run(await world.preview(snapshot.id))
  const passed: string[] = []
  const work = world.work({
    files: { root, secret: 'x'.repeat(40) },
    limits: { pollMs: 20, retryAfterMs: 0, attempts: 1 },
    observe: async (boundary) => void passed.push(boundary),
  })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'failed' })
  const run = await world.readRun(runId)
  expect(run.report).toEqual({ failure })
  expect(run.reason).toContain(reason)
  expect(passed).toContain('run.safetyKept')
  expect(passed).not.toContain('run.rehearsed')
  expect(await world.contents(['crm', 'intranet'])).toBe(before)
  expect(await world.leftovers()).toEqual([])
})

test('a file is kept for the undo window or the policy’s days, whichever is longer; then it is deleted, and its row says so', async () => {
  await desk.owner`update policy_versions set policy = '{"undoWindowHours": 240}'`
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  await executeRun(desk.db, runId, world.work())
  const [kept] = await desk.owner<{ hours: number }[]>`
    select extract(epoch from f.expires_at - r.committed_at)::float8 / 3600 as hours from extracted_files f join runs r on r.id = f.run_id where r.id = ${runId}`
  expect(kept?.hours).toBeGreaterThanOrEqual(240)
  expect(kept?.hours).toBeLessThan(240.1)
  expect(await forgetFiles(desk.db, world.work().files)).toEqual({ expired: 0, left: 0 })
  await scoped(desk.db, 'system', (tx) =>
    tx.update(extractedFiles).set({ expiresAt: sql`clock_timestamp()` }).where(eq(extractedFiles.runId, runId)),
  )
  expect(await forgetFiles(desk.db, world.work().files)).toEqual({ expired: 1, left: 0 })
  expect((await fileOf(runId))?.deletedAt).not.toBeNull()
  expect(await readdir(world.work().files.root)).toEqual([])
})

test('I3 S48 killed in the middle of the step, before and behind it, another worker has one file at the end, and no copy is left open', {
  timeout: 300_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kill-carry-over-'))
  const ground = await startKillGround(dir)
  try {
    const field = await makeGround(ground, 'crmInPlace')
    for (const boundary of ['run.safetyKept', 'run.carryingOver', 'run.carriedOver', 'restore.committed'] as const) {
      const round = await field.round({ boundary, occurrence: 0 }, 'self')
      expect(round).toMatchObject({ boundary, wrong: [] })
      const rows = await scoped(ground.db, 'system', (tx) => tx.select().from(extractedFiles).orderBy(extractedFiles.madeAt))
      const last = rows.at(-1)
      const texts = await unzip(await buffer(readStored(field.world.work().files, last?.storedAs ?? '')))
      expect(linesOf(texts.get(csv('Deals')))).toHaveLength((last?.rows ?? 0) + 1)
      expect(new Set(rows.map(({ runId }) => runId)).size).toBe(rows.length)
    }
    await field.drop()
  } finally {
    await ground.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
