import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { extractedFiles, portals, previews, restoreSteps, runSteps } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { serversWithPrograms } from '../adapters/postgres/testing/servers.ts'
import { stateOfTree } from '../adapters/restic/testing/file-tree.ts'
import { makeRepository } from '../adapters/restic/testing/repository.ts'
import { compareWithConsent } from '../compare-with-consent.ts'
import { readStored } from '../extract/store-file.ts'
import { listSnapshots } from '../list-snapshots.ts'
import { previewReportSchema } from '../preview-report.ts'
import { makePortalWorld, type PortalWorld } from '../testing/portal-world.ts'
import { unzipBytes } from '../testing/unzip.ts'
import { executeRun } from './execute-run.ts'

// Each comparison and each restore loads an archive.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 })

const [server] = serversWithPrograms()
if (!server) throw new Error('PostgreSQL’s own programs are not installed')

let desk: TestDatabase
let portalServer: { url: string; stop: () => Promise<void> }
let repository: ReturnType<typeof makeRepository>
let world: PortalWorld
let folder: string
let root: string
beforeAll(async () => {
  desk = await cloneDatabase()
  portalServer = await server.start()
})
afterAll(async () => {
  await portalServer.stop()
  await desk.drop()
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portal-files-'))
  root = join(folder, 'files')
  repository = makeRepository()
  vi.stubEnv('RESTIC_PASSWORD_FILE', repository.passwordFile)
  vi.stubEnv('RESTIC_REPOSITORY', repository.address)
  await desk.owner`truncate portals, datastores, alerts cascade`
  world = await makePortalWorld(desk.db, portalServer.url)
  await desk.owner`update datastores set adapter = 'restic'`
  for (const [path, text] of [
    ['deals/offer.pdf', 'the offer'],
    ['deals/contract.pdf', 'signed in ink'],
    ['logo.png', 'a logo'],
  ] as const)
    put(path, text)
})
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
  await desk.owner`update policy_versions set policy = '{}'`
  await world.drop()
  repository.drop()
  rmSync(folder, { recursive: true, force: true })
  vi.unstubAllEnvs()
})

function put(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}
const keepFiles = (path: string | null = root) =>
  scoped(desk.db, 'system', (tx) => tx.update(portals).set({ filesPath: path }).where(eq(portals.id, world.portal.id)))
/** One file goes, one is overwritten, one comes. */
function lose(): void {
  rmSync(join(root, 'deals/offer.pdf'))
  put('deals/contract.pdf', 'scribbled over')
  put('deals/late.pdf', 'since then')
}
async function reportOf(previewId: string) {
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  return previewReportSchema.parse(row?.report)
}
async function archiveOf(runId: string) {
  const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(extractedFiles).where(eq(extractedFiles.runId, runId)))
  const row = rows.find(({ kind }) => kind === 'lost_files')
  if (!row) throw new Error(`run ${runId} has no archive of files`)
  return { row, entries: await unzipBytes(await buffer(readStored(world.work().files, row.storedAs))) }
}
const stepsOf = (runId: string) =>
  scoped(desk.db, 'system', (tx) => tx.select().from(runSteps).where(eq(runSteps.runId, runId)).orderBy(runSteps.startedAt))
const detailOf = async (runId: string) => (await stepsOf(runId)).find(({ step }) => step === 'carryOver')?.detail

test('a restore point says what it holds of the portal’s files, a preview what would become of them; nobody mistakes a point without', async () => {
  const before = await world.capture()
  await keepFiles()
  const point = await world.capture()
  const listed = await listSnapshots(desk.db, signedIn(world.owner.id), { portalId: world.portal.id, retentionDays: 7 })
  expect(listed?.snapshots.map(({ id, files }) => [id, files])).toEqual([
    [point.id, { count: 3, bytes: 28 }],
    [before.id, null],
  ])
  lose()
  const report = await reportOf(await world.preview(point.id, 'full'))
  expect(report.totals).toMatchObject({ comesBack: 0, wiped: 0, changed: 0 })
  expect(report.files).toMatchObject({ missing: 1, newer: 1, changed: 1, lostBytes: 24, examplesCut: false })
  expect(typeof report.files === 'object' && report.files.examples.map(({ kind, path }) => [kind, path])).toEqual([
    ['changed', 'deals/contract.pdf'],
    ['newer', 'deals/late.pdf'],
    ['missing', 'deals/offer.pdf'],
  ])
  expect(report.notices.map(({ code }) => code)).toContain('files_exchange')
  expect((await reportOf(await world.preview(point.id, 'crm'))).files).toBe('stay')
  const without = await reportOf(await world.preview(before.id, 'full'))
  expect(without.files).toBe('not_kept')
  expect(without.notices.map(({ code }) => code)).not.toContain('files_exchange')
  await keepFiles(null)
  expect((await reportOf(await world.preview(point.id, 'full'))).files).toBeUndefined()
})

test('I4 R11 a file that comes after the consent is a loss that nobody agreed to', async () => {
  await keepFiles()
  const point = await world.capture()
  lose()
  const previewId = await world.preview(point.id, 'full')
  const never = new AbortController().signal
  expect(await compareWithConsent(desk.db, previewId, never)).toMatchObject({
    same: true,
    beyondTolerance: false,
    grownBy: { files: 0 },
  })
  put('deals/later.pdf', 'and another')
  put('logo.png', 'another logo')
  expect(await compareWithConsent(desk.db, previewId, never)).toMatchObject({
    same: false,
    beyondTolerance: true,
    grownBy: { newer: 0, changed: 0, files: 2 },
  })
})

test('S84 before anything is touched the files that go lie in an archive; what is beyond the policy’s limit is named there', async () => {
  await keepFiles()
  const point = await world.capture()
  lose()
  put('film.mp4', 'x'.repeat(1_000_001))
  await desk.owner`update policy_versions set policy = '{"carryOverMaximumMegabytes": 1}'`
  const lost = stateOfTree(root)
  const runId = await world.run(await world.preview(point.id, 'full'))
  const stopped = new Error('stopped once they are handed over')
  const observe = async (boundary: string) => {
    if (boundary === 'run.carriedOver') throw stopped
  }
  expect(await executeRun(desk.db, runId, world.work({ observe }))).toMatchObject({ done: false })
  expect(stateOfTree(root)).toEqual(lost)
  const { row, entries } = await archiveOf(runId)
  expect(row).toMatchObject({ lostFiles: { files: 3, written: 2, bytes: 1_000_025 }, rows: 0, deletedAt: null })
  expect(await detailOf(runId)).toMatchObject({ rows: 0, files: { files: 3, written: 2, archiveBytes: row.bytes } })
  expect([...entries].slice(0, 2).map(([path, bytes]) => [path, bytes.toString()])).toEqual([
    ['files/deals/contract.pdf', 'scribbled over'],
    ['files/deals/late.pdf', 'since then'],
  ])
  expect(entries.get('README.txt')?.toString()).toContain('film.mp4: beyond the limit for files')
})

test('I3 R12 files go back with the whole portal, and an undo brings back what was there, handing over only what came since', async () => {
  await keepFiles()
  const point = await world.capture()
  const then = stateOfTree(root)
  lose()
  await world.live.sql`delete from crm.notes where deal_id < 5`
  const lost = stateOfTree(root)
  const runId = await world.run(await world.preview(point.id, 'full'))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(stateOfTree(root)).toEqual(then)
  const { safetySnapshotId, report } = await world.readRun(runId)
  const steps = await stepsOf(runId)
  expect(steps.filter(({ finishedAt }) => finishedAt === null)).toEqual([])
  expect(steps.map(({ step }) => step)).toEqual(restoreSteps)
  expect(report).toMatchObject({
    files: { missing: 1, newer: 1, changed: 1 },
    proof: { equal: true, files: { missing: 0, newer: 0, changed: 0 } },
  })

  put('deals/typed-since.txt', 'after the restore')
  const undoPreview = await world.preview(safetySnapshotId ?? '', 'full', 'undo')
  expect((await reportOf(undoPreview)).files).toMatchObject({ missing: 1, newer: 2, changed: 1 })
  const undoId = await world.run(undoPreview, 'undo', runId)
  expect(await executeRun(desk.db, undoId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(stateOfTree(root)).toEqual(lost)
  expect([...(await archiveOf(undoId)).entries.keys()].filter((path) => path.startsWith('files/'))).toEqual([
    'files/deals/typed-since.txt',
  ])
})
