import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { defaultPolicy, policySchema } from '#lib/domain/policy/policy.ts'
import { compareWithConsent } from './compare-with-consent.ts'
import { computePreview } from './compute-preview.ts'
import { type PreviewReport, previewReportSchema } from './preview-report.ts'
import { requestPreview } from './request-preview.ts'
import { executeRun } from './run/execute-run.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from './testing/portal-world.ts'

let desk: TestDatabase
let world: PortalWorld
let snapshotId: string
let before: string
beforeAll(async () => {
  desk = await cloneDatabase()
  world = await makePortalWorld(desk.db, serverUrl())
  ;({ id: snapshotId } = await world.capture())
  before = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
})
afterAll(async () => {
  await world.drop()
  await desk.drop()
})

const never = new AbortController().signal

/** As the job computes it, with no time at all and a sample to which the deals are a large table. */
async function sampledPreview(): Promise<{ id: string; digest: string; report: PreviewReport }> {
  const ask = { portalId: world.portal.id, snapshotId, scope: 'crm', policyVersion: 1, requestedBy: null } as const
  const asked = await scoped(desk.db, 'system', (tx) => requestPreview(tx, ask))
  const id = asked?.previewId ?? ''
  expect(await computePreview(desk.db, id, never, { timeLimitMs: 0, blocks: 3 })).toMatchObject({ state: 'ready' })
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, id)))
  return { id, digest: row?.digest ?? '', report: previewReportSchema.parse(row?.report) }
}

const exactReport = async (): Promise<PreviewReport> => {
  const id = await world.preview(snapshotId)
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, id)))
  return previewReportSchema.parse(row?.report)
}

test('S38 a preview that was not done in time is marked as sampled, table by table, and tells nothing of a sample as if it were counted', async () => {
  const [{ report, digest }, exact] = [await sampledPreview(), await exactReport()]
  expect(exact.sampled).toBeUndefined()
  const by = (from: PreviewReport, name: string) => from.tables.find(({ table }) => table === name)
  const [said, truth] = [by(report, 'deals'), by(exact, 'deals')]
  for (const kind of ['missing', 'newer', 'changed'] as const) {
    const [range, number] = [said?.sampled?.[kind], truth?.[kind] ?? -1]
    expect([kind, (range?.atLeast ?? 0) <= number, number <= (range?.atMost ?? 0)]).toEqual([kind, true, true])
    expect(report.sampled?.[kind].atMost).toBeGreaterThanOrEqual(range?.atMost ?? Number.NaN)
  }
  // What was compared is what the exact preview says; of the sampled table neither money, people nor hours are told.
  expect(by(report, 'notes')).toEqual(by(exact, 'notes'))
  expect(by(exact, 'notes')?.missing).toBe(150)
  expect(said?.money).toBeNull()
  expect([report.people, report.hours, report.meaning]).toEqual([[], [], []])
  expect(exact.people.map(({ who }) => who).sort()).toEqual(['ewa', 'jan', 'ola'])
  expect(report.totals.comesBack).toBe((said?.missing ?? 0) + 150)
  // Posts beside the CRM point at deals: how many would point at nothing is not known, and said to be.
  expect([exact.edges.length > 0, report.edges, report.sampled?.linksUnknown]).toEqual([true, [], true])
  expect((await sampledPreview()).digest).toBe(digest)
})

test('S38 R11 a run finds the exact difference: within the bounds that were consented to it goes on, beyond them consent is void', async () => {
  const { id, report } = await sampledPreview()
  expect(await compareWithConsent(desk.db, id, never)).toMatchObject({ beyondTolerance: false, now: { newer: 50, changed: 21 } })
  const bound = (report.sampled?.newer.atMost ?? 0) + (report.sampled?.changed.atMost ?? 0)
  await world.live.sql`insert into crm.deals (title) select 'Later still ' || n from generate_series(1, ${bound}) n`
  expect(await compareWithConsent(desk.db, id, never)).toMatchObject({ beyondTolerance: true })
  const stale = await world.run(id)
  expect(await executeRun(desk.db, stale, world.work())).toEqual({ done: true, state: 'stale' })
  expect((await world.readRun(stale)).refusal).toMatchObject({ code: 'loss_grew' })

  await world.live.sql`delete from crm.deals where title like 'Later still%'`
  const runId = await world.run(id)
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(before)
  // In place a record that is changed back is one that goes and one that comes.
  expect((await world.readRun(runId)).counts).toMatchObject({ missing: 100 + 150 + 21, newer: 50 + 21 })
})

test('S38 the time limit is a number of the policy; policies saved before it have the usual one', () => {
  const { previewTimeLimitSeconds: _, ...saved } = defaultPolicy
  expect(policySchema.parse(saved).previewTimeLimitSeconds).toBe(120)
})
