import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { erasures, previews, runSteps } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { someNumber } from '#db/testing/matchers.ts'
import { captureSnapshot } from '../capture-snapshot.ts'
import { previewReportSchema } from '../preview-report.ts'
import { loseCopy } from '../testing/lose-copy.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from '../testing/portal-world.ts'
import { executeRun } from './execute-run.ts'
import { reportRun } from './report-run.ts'
import { requestRunCancel } from './request-run-cancel.ts'
import type { RunBoundary } from './run-context.ts'
import { sweepRuns } from './sweep-runs.ts'

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

test('in place the CRM goes back exactly, what lies beside it keeps its rows, and the way back is exact too (S57)', async () => {
  const snapshot = await world.capture()
  const crmBefore = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
  const replaced = await world.contents(both)
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(crmBefore)
  const run = await world.readRun(runId)
  expect(run).toMatchObject({ way: 'in_place', state: 'succeeded' })
  expect(run.writePauseMs).toBeGreaterThan(0)
  expect(run.counts).toMatchObject({ missing: someNumber })
  expect(await finishedSteps(runId)).toEqual(
    expect.arrayContaining([
      'announce',
      'safetyCopy',
      'rehearse',
      'lock',
      'compare',
      'apply',
      'verify',
      'commit',
      'prove',
      'release',
    ]),
  )

  const undoId = await world.run(await world.preview(run.safetySnapshotId ?? '', 'crm', 'undo'), 'undo', runId)
  expect(await executeRun(desk.db, undoId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(both)).toBe(replaced)
  expect(await world.leftovers()).toEqual([])
})

test('S66 a record that is erased between consent and run stays erased, and nobody is asked again', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const previewId = await world.preview(snapshot.id)
  // Deal 1950 came back by that preview, and was to be wiped by none; deal 7 is there, and its person asks to be forgotten.
  await world.live.sql.unsafe('update intranet.posts set deal_id = null where deal_id = 7; delete from crm.deals where id = 7')
  const listed = { portalId: world.portal.id, schemaName: 'crm', tableName: 'deals', reason: 'GDPR-17', recordedBy: 'operator' }
  await scoped(desk.db, 'system', (tx) =>
    tx.insert(erasures).values(['1950', '7', '100000'].map((id) => ({ ...listed, key: { id } }))),
  )
  const deals = () =>
    world.live.sql`select count(*)::int as deals, count(*) filter (where id in (7, 1950))::int as erased from crm.deals`
  const runId = await world.run(previewId)
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect((await deals())[0]).toEqual({ deals: 1998, erased: 0 })
})

test('what a rehearsal keeps lies in the run’s own journal and is gone when the rehearsal is over', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  const kept: Record<string, string[]> = {}
  const work = world.work({
    observe: async (boundary) => {
      if (boundary === 'rehearse.apply' || boundary === 'run.rehearsed' || boundary === 'restore.committed')
        kept[boundary] = await readdir(world.journalRoot, { recursive: true })
    },
  })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'succeeded' })
  expect(kept['rehearse.apply']?.sort()).toEqual([runId, join(runId, 'rehearsal')])
  expect(kept['run.rehearsed']).toEqual([runId])
  expect(kept['restore.committed']).toContain(join(runId, 'journal.json'))
})

test('an undo is exact for what the restore overwrote, though people wrote between safety copy and lock', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const preview = await world.preview(snapshot.id)
  const runId = await world.run(preview)
  let atTheLock = ''
  const work = world.work({
    observe: async (boundary) => {
      // After the rehearsal, before the lock: a row that is consented to be wiped is deleted by its author.
      if (boundary === 'run.rehearsed')
        await world.live
          .sql`delete from crm.deals where title = 'Late deal 7' and id not in (select deal_id from intranet.posts where deal_id is not null)`
      if (boundary === 'run.rehearsed') await world.live.sql`delete from crm.deals where title = 'Late deal 33'`
      if (boundary === 'restore.begin') atTheLock = await world.contents(['crm'])
    },
  })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'succeeded' })
  const run = await world.readRun(runId)
  const undoId = await world.run(await world.preview(run.safetySnapshotId ?? '', 'crm', 'undo'), 'undo', runId)
  expect(await executeRun(desk.db, undoId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(atTheLock)
})

test('R11 I4 what was entered after the consent is not wiped: the run ends stale and the portal is as it was', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  await world.live
    .sql`insert into crm.deals (company_id, title, amount, created_by) values (1, 'Signed this morning', 90000, 'ewa')`
  const before = await world.contents(both)
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'stale' })
  expect(await world.contents(both)).toBe(before)
  expect((await world.readRun(runId)).refusal).toMatchObject({ code: 'loss_grew' })
  expect(await world.leftovers()).toEqual([])
})

test('S60 a cancellation before the commit leaves the portal as it was; one after it is told that it comes too late', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const before = await world.contents(both)
  const preview = await world.preview(snapshot.id)
  const cancel = (runId: string) => scoped(desk.db, 'system', (tx) => requestRunCancel(tx, runId))

  const cancelled = await world.run(preview)
  let answer = ''
  const cancelAt = (at: string, runId: string) =>
    world.work({
      observe: async (boundary) => {
        if (boundary === at) answer = await cancel(runId)
      },
    })
  // The very last boundary before the commit: the question whether it may is still to come.
  expect(await executeRun(desk.db, cancelled, cancelAt('restore.commit', cancelled))).toEqual({ done: true, state: 'cancelled' })
  expect(answer).toBe('requested')
  expect(await world.contents(both)).toBe(before)

  const tooLate = await world.run(preview)
  expect(await executeRun(desk.db, tooLate, cancelAt('restore.committed', tooLate))).toEqual({ done: true, state: 'succeeded' })
  expect(answer).toBe('past_commit')
  expect(await cancel(tooLate)).toBe('over')
})

test('S54 a window that is over before the commit aborts, or not, as the owner chose', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const preview = await world.preview(snapshot.id)
  const before = await world.contents(both)
  const until = new Date(Date.now() - 1_000)
  const aborted = await world.run(preview)
  expect(await executeRun(desk.db, aborted, world.work({ window: { until, atEnd: 'abort' } }))).toEqual({
    done: true,
    state: 'failed',
  })
  expect((await world.readRun(aborted)).report).toEqual({ failure: 'window_ended' })
  expect(await world.contents(both)).toBe(before)
  const goesOn = await world.run(preview)
  expect(await executeRun(desk.db, goesOn, world.work({ window: { until, atEnd: 'go_on' } }))).toEqual({
    done: true,
    state: 'succeeded',
  })
})

test('S62 SIGTERM: the run is handed over at once, its attempt does not count, and another worker goes on after the last durable step', async () => {
  const snapshot = await world.capture()
  const before = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  const deploy = new AbortController()
  const first = world.work({
    signal: deploy.signal,
    observe: async (boundary) => {
      if (boundary === 'restore.applied') deploy.abort()
    },
  })
  expect(await executeRun(desk.db, runId, first)).toEqual({ done: false, why: 'handed_over' })
  expect((await world.readRun(runId)).state).toBe('running')
  const [job] = await desk.owner`select count(*)::int as waiting from graphile_worker.jobs where key = ${`run:${runId}`}`
  expect(job).toEqual({ waiting: 1 })

  const passed: string[] = []
  const second = world.work({ workerId: 'worker-2', observe: async (boundary) => void passed.push(boundary) })
  expect(await executeRun(desk.db, runId, second)).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(before)
  expect(passed).not.toContain('run.announced')
  expect(passed).not.toContain('run.rehearsed')
  expect(await world.leftovers()).toEqual([])
})

test('S49 a worker that lost its lease can neither commit nor write: its backend is ended, the other one does it', async () => {
  const snapshot = await world.capture()
  const before = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  let second: ReturnType<typeof executeRun> | undefined
  const first = world.work({
    observe: async (boundary) => {
      if (boundary !== 'restore.commit') return
      // The worker sleeps here; its lease runs out, another takes over and waits for nothing.
      await desk.owner`update portal_leases set expires_at = clock_timestamp() where portal_id = ${world.portal.id}`
      second = executeRun(desk.db, runId, world.work({ workerId: 'worker-2' }))
      await second
    },
  })
  expect(await executeRun(desk.db, runId, first)).toMatchObject({ done: false, why: 'lost' })
  expect(await second).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(before)
  expect(await world.readRun(runId)).toMatchObject({ state: 'succeeded', attempts: 2 })
})

test('S47 S52 somebody holds a lock: the run waits its time, names who blocks, tries again, and fails with the portal as it was', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const before = await world.contents(both)
  const runId = await world.run(await world.preview(snapshot.id))
  const work = () => world.work({ limits: { pollMs: 20, retryAfterMs: 0, lockWaitMs: 200, attempts: 2 } })
  await world.live.sql.begin(async (tx) => {
    await tx`lock table crm.deals in row exclusive mode`
    expect(await executeRun(desk.db, runId, work())).toEqual({ done: false, why: 'again' })
    expect(await executeRun(desk.db, runId, work())).toEqual({ done: true, state: 'failed' })
  })
  const run = await world.readRun(runId)
  expect(run.report).toEqual({ failure: 'blocked' })
  expect(run.refusal).toMatchObject({ code: 'lock_not_granted' })
  expect(await world.contents(both)).toBe(before)
  expect(await world.leftovers()).toEqual([])
})

test('S99 a row that its own table no longer admits is found by the rehearsal, named, and nothing is touched', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  const before = await world.contents(both)
  const passed: string[] = []
  await world.live.sql.unsafe(`create function crm.fits(int) returns boolean language sql immutable as 'select $1 < 1950'`)
  await world.live.sql.unsafe('alter table crm.deals add constraint deals_fit check (crm.fits(id) or id > 2000) not valid')
  const work = world.work({ observe: async (boundary) => void passed.push(boundary) })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'failed' })
  const run = await world.readRun(runId)
  expect(run.report).toEqual({ failure: 'refused' })
  expect(run.reason).toContain('crm.deals')
  expect(passed).not.toContain('restore.lock')
  expect(await world.contents(both)).toBe(before)
  expect(await world.leftovers()).toEqual([])
})

test('I5 S55 R12 without a safety copy nothing is overwritten: the run stops', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const before = await world.contents(both)
  const runId = await world.run(await world.preview(snapshot.id))
  const passed: string[] = []
  const work = world.work({
    limits: { pollMs: 20, retryAfterMs: 0, attempts: 1 },
    observe: async (boundary) => {
      passed.push(boundary)
      if (boundary === 'capture.describe') throw new Error('the disk of the copies went away')
    },
  })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'failed' })
  expect((await world.readRun(runId)).reason).toContain('the disk of the copies went away')
  expect(passed).not.toContain('restore.begin')
  expect(await world.contents(both)).toBe(before)
  expect(await world.leftovers()).toEqual([])
})

test('a final outcome is not lost: its telling is repeated by the sweeper until it succeeds, and told once', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  const told: string[] = []
  const broken = world.work({ report: async () => Promise.reject(new Error('the desk’s database went away')) })
  await expect(executeRun(desk.db, runId, broken)).rejects.toThrow('went away')
  expect(await world.readRun(runId)).toMatchObject({ state: 'succeeded', reportedAt: null })
  await desk.owner`update runs set finished_at = finished_at - interval '1 minute' where id = ${runId}`
  expect(await sweepRuns(desk.db)).toContain(runId)
  const again = world.work({
    report: async (run) => {
      told.push(run.state)
      await scoped(desk.db, 'system', (tx) => reportRun(tx, run.id))
    },
  })
  expect(await executeRun(desk.db, runId, again)).toEqual({ done: true, state: 'succeeded' })
  await executeRun(desk.db, runId, again)
  expect(told).toEqual(['succeeded'])
  expect(await sweepRuns(desk.db)).not.toContain(runId)
})

test('S42 a capture during a run waits, also between two workers of the run', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(snapshot.id))
  const deploy = new AbortController()
  const answers: unknown[] = []
  const daily = () => captureSnapshot(desk.db, { portalId: world.portal.id, label: 'daily' }, world.work())
  const first = world.work({
    signal: deploy.signal,
    observe: async (boundary) => {
      if (boundary !== 'restore.locked') return
      answers.push(await daily())
      deploy.abort()
    },
  })
  await executeRun(desk.db, runId, first)
  answers.push(await daily())
  expect(answers).toEqual([expect.objectContaining({ why: 'busy' }), expect.objectContaining({ why: 'busy' })])
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await daily()).toMatchObject({ ok: true })
})

test('S26 a run whose copy is gone touches nothing: the restore point is bad from then on, and the failure names what is left', async () => {
  const before = await world.capture()
  const lost = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const runId = await world.run(await world.preview(lost.id))
  const portal = await world.contents(both)
  await loseCopy(serverUrl(), lost.databaseName ?? '')
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'failed' })
  const refusal = { code: 'snapshot_missing', facts: { before: before.completedAt?.toISOString(), after: null } }
  expect(await world.readRun(runId)).toMatchObject({ state: 'failed', refusal })
  expect(await world.readSnapshot(lost.id)).toMatchObject({ state: 'bad' })
  expect(await world.contents(both)).toBe(portal)
})

test('I2 a portal has at most one live run, by constraint', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const preview = await world.preview(snapshot.id)
  await world.run(preview)
  await expect(world.run(preview)).rejects.toThrow()
})

const previewOf = async (snapshotId: string) => {
  const previewId = await world.preview(snapshotId, 'full')
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  return previewReportSchema.parse(row?.report)
}

test.each<{ dies: RunBoundary | null }>([{ dies: null }, { dies: 'swap.committed' }, { dies: 'run.adopted' }])(
  'after a swap no comparison is exact: not with what was restored, nor what is older, nor what was replaced; the worker dies at $dies',
  async ({ dies }) => {
    const older = await world.capture()
    await world.live.sql.unsafe(`update crm.deals set title = 'between' where id = 7`)
    const restored = await world.capture()
    await world.live.sql.unsafe(incidentSql)
    await world.live.sql.unsafe('alter table crm.companies add column extra int')
    const runId = await world.run(await world.preview(restored.id, 'full'))
    const work = world.work({
      observe: async (boundary) => {
        if (boundary === dies) throw new Error('the worker is gone')
      },
    })
    expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'succeeded' })
    const run = await world.readRun(runId)
    expect(run).toMatchObject({ way: 'swap', report: { learntAfterwards: dies !== null, notes: [] } })

    await world.live.sql.unsafe('delete from crm.notes where deal_id = 3')
    expect(await previewOf(restored.id)).toMatchObject({
      method: 'wal_summaries',
      totals: { comesBack: 1, wiped: 0, changed: 0 },
    })
    expect(await previewOf(older.id)).toMatchObject({ method: 'wal_summaries', totals: { comesBack: 1, wiped: 0, changed: 1 } })
    expect((await previewOf(run.safetySnapshotId ?? '')).method).toBe('wal_summaries')
  },
)
