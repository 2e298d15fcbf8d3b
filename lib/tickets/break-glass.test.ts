import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makeUser } from '#db/testing/factories.ts'
import { textWith } from '#db/testing/matchers.ts'
import type { PlanFact, PlanPort } from '#lib/billing/port.ts'
import { namedRecords } from '#lib/snapshots/named-records.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { type BreakGlass, breakGlass, readUndoable } from './break-glass.ts'
import { executeRun } from './execute-run.ts'
import { refusalOf } from './testing/desk.ts'

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

const operator = { operator: 'ada', reason: 'the owner is on a plane' }
const paid: PlanFact = { plan: 'team', paid: true, checkedAt: new Date().toISOString() }

test('S83 break-glass restores and takes back without consent; owner and admins are told, and a review stands open', {
  timeout: 240_000,
}, async () => {
  const admin = await makeUser(desk.db, { deskRoles: ['admin'] })
  const snapshot = await world.capture()
  const before = await world.contents(['crm'])
  await world.live.sql.unsafe(incidentSql)
  const wrecked = await world.contents(['crm'])

  const begun = await begin({ kind: 'restore', portalId: world.portal.id, snapshotId: snapshot.id, scope: 'crm', ...operator })
  if (!begun.ok) throw new Error(refusalOf(begun))
  const mails = await desk.owner<
    { recipient: string }[]
  >`select recipient from mail_outbox where template = 'break_glass' order by 1`
  const [owner] = await desk.owner<{ email: string }[]>`select email from users where id = ${world.owner.id}`
  expect(mails.map(({ recipient }) => recipient).sort()).toEqual([admin.email, owner?.email].sort())
  const [review] =
    await desk.owner`select resolved_at, detail from alerts where kind = 'break_glass' and subject = ${begun.runId}`
  expect(review).toMatchObject({ resolved_at: null, detail: { ...operator, kind: 'restore' } })
  expect(await executeRun(desk.db, begun.runId, work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(before)

  const undoable = await readUndoable(desk.db, begun.runId)
  if (!undoable) throw new Error('nothing to take back')
  const back = await begin({ kind: 'undo', ...undoable, undoesRunId: begun.runId, ...operator })
  if (!back.ok) throw new Error(refusalOf(back))
  expect(await executeRun(desk.db, back.runId, work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(wrecked)
})

test('S83 S28 records that an operator names come back alone; a name that is none is refused by field', {
  timeout: 240_000,
}, async () => {
  const snapshot = await world.capture()
  const before = await world.contents(['crm'])
  await world.live.sql`delete from crm.deals where id = 1000`
  const named = (table: string, key: Record<string, string>) =>
    namedRecords(desk.db, world.portal.id, [{ schema: 'crm', table, key }])
  const refused = (problem: string) => ({
    ok: false,
    refusal: { code: 'invalid_input', facts: { field: 'record', problem: textWith(problem) } },
  })
  expect(await named('deal', { id: '7' })).toMatchObject(refused('there is no table crm.deal'))
  expect(await named('deals', { title: 'Deal 7' })).toMatchObject(refused('the key of crm.deals is id'))
  expect(await named('deals', { id: 'seven' })).toMatchObject(refused('id: invalid input syntax'))

  const records = await named('deals', { id: '01000' })
  if (!records.ok) throw new Error(refusalOf(records))
  const wanted = { kind: 'restore', portalId: world.portal.id, snapshotId: snapshot.id, scope: 'put_back', ...operator } as const
  const begun = await begin({ ...wanted, records: records.records })
  if (!begun.ok) throw new Error(refusalOf(begun))
  expect(await executeRun(desk.db, begun.runId, work())).toEqual({ done: true, state: 'succeeded' })
  expect(await world.contents(['crm'])).toBe(before)
})

test('S83 every other rule still holds: R3, R7, R8, R10, and a snapshot of another portal is not there', async () => {
  const snapshot = await world.capture()
  const wanted = { kind: 'restore', portalId: world.portal.id, snapshotId: snapshot.id, scope: 'crm', ...operator } as const
  expect(refusalOf(await begin({ ...wanted, scope: 'put_back' }))).toBe('R3 records_needed')
  expect(refusalOf(await begin({ ...wanted, scope: 'extract' }))).toBe('R3 scope_not_offered')
  expect(refusalOf(await begin(wanted, { ...paid, plan: 'free', paid: false }))).toBe('R7 plan_not_paid')
  expect(refusalOf(await begin({ ...wanted, snapshotId: crypto.randomUUID() }))).toBe('not_found')
  expect(refusalOf(await begin(wanted))).toBe('allowed')
  expect(refusalOf(await begin(wanted))).toBe('R10 another_restore_live')
  await desk.owner`update portals set edition = 'self_hosted' where id = ${world.portal.id}`
  expect(refusalOf(await begin(wanted))).toBe('R8 self_hosted')
})

function begin(wanted: BreakGlass, plan: PlanFact = paid) {
  const billing: PlanPort = { name: 'manual', planOf: async () => plan, upgradeOffer: async () => null }
  return breakGlass(desk.db, wanted, { billing, signal: new AbortController().signal })
}

function work() {
  return { ...world.work(), dataDir: world.journalRoot, authSecret: world.work().files.secret }
}
