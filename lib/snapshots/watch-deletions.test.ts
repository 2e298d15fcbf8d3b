import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { alerts, deletionMarks, deletionSamples, portals, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember, makePortal, makeSnapshot, makeUser } from '#db/testing/factories.ts'
import { policyWith } from '#lib/domain/testing/rules.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { endMassDeletions } from './mass-deletion.ts'
import { readMassDeletion, readMassDeletions } from './read-mass-deletions.ts'
import { executeRun } from './run/execute-run.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from './testing/portal-world.ts'
import { forgetDeletionSamples, watchDeletions } from './watch-deletions.ts'

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
  // A portal of an earlier test is gone with its database: nobody is to ask it any more.
  await scoped(desk.db, 'system', (tx) => tx.update(portals).set({ status: 'deleted' }))
  await world.drop()
})

const look = () => watchDeletions(desk.db, policyWith(), new AbortController().signal)
/** A session's own counts reach the statistics a second later, or as here at once. */
const live = (statement: string) => world.live.sql.unsafe(`select pg_stat_force_next_flush(); ${statement}`)
const ownersAddress = () => ('email' in world.owner ? world.owner.email : '')
const openAlerts = async () =>
  (await scoped(desk.db, 'system', (tx) => tx.select().from(alerts).where(eq(alerts.portalId, world.portal.id)))).filter(
    ({ resolvedAt }) => resolvedAt === null,
  )
const mails = () =>
  desk.owner<
    { recipient: string; template: string }[]
  >`select recipient, template from mail_outbox where portal_id = ${world.portal.id} order by template, recipient`
/** As if it had been `minutes` ago: what was sampled and alarmed so far. */
const passed = (minutes: number) =>
  desk.owner.unsafe(`
  update deletion_samples set since = since - interval '${minutes} minutes', until = until - interval '${minutes} minutes';
  update deletion_marks set asked_at = asked_at - interval '${minutes} minutes', taken_at = taken_at - interval '${minutes} minutes';
  update snapshots set completed_at = completed_at - interval '${minutes} minutes', started_at = started_at - interval '${minutes} minutes';
  update runs set started_at = started_at - interval '${minutes} minutes', finished_at = finished_at - interval '${minutes} minutes';
  update alerts set raised_at = raised_at - interval '${minutes} minutes', detail = detail || jsonb_build_object(
    'from', to_char((detail ->> 'from')::timestamptz at time zone 'utc' - interval '${minutes} minutes', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'until', to_char((detail ->> 'until')::timestamptz at time zone 'utc' - interval '${minutes} minutes', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    where kind = 'mass_deletion'`)

test('R15 a mass deletion alarms once: owner and desk are told, later looks only count on', async () => {
  const agent = await makeUser(desk.db, { deskRoles: ['agent'] })
  await look()
  await live('delete from crm.notes where deal_id <= 90')
  expect(await look()).toMatchObject({ looked: [world.portal.id], alarmed: [], failed: [] })
  await live('delete from crm.deals where id > 1700; delete from intranet.posts where id <= 20')
  expect((await look()).alarmed).toEqual([world.portal.id])
  await live('delete from crm.deals where id > 1600')
  expect((await look()).alarmed).toEqual([])

  const [alert, ...others] = await openAlerts()
  expect(others).toEqual([])
  expect(alert?.detail).toMatchObject({
    deleted: 420 + 89,
    tables: [
      { schema: 'crm', table: 'deals', rows: 400, inCrm: true },
      { schema: 'crm', table: 'notes', rows: 89, inCrm: true },
      { schema: 'intranet', table: 'posts', rows: 20, inCrm: false },
    ],
  })
  expect(await mails()).toEqual([
    { recipient: ownersAddress(), template: 'mass_deletion' },
    { recipient: agent.email, template: 'mass_deletion_at' },
  ])
})

test('R15 whoever owns the portal and works at the desk, or administers it too, is told once: as the owner, who can act on it', async () => {
  const roles = ['agent', 'admin', 'approver'] as const
  const agent = await makeUser(desk.db, { deskRoles: [...roles] })
  await scoped(desk.db, 'system', (tx) =>
    tx
      .update(users)
      .set({ deskRoles: [...roles] })
      .where(eq(users.id, world.owner.id)),
  )
  await look()
  await live('delete from crm.deals where id > 1700')
  await look()
  await live('delete from crm.deals where id > 1400')
  await look()
  const told = (await mails()).filter(({ recipient }) => [ownersAddress(), agent.email].includes(recipient))
  expect(told).toEqual([
    { recipient: ownersAddress(), template: 'mass_deletion' },
    { recipient: agent.email, template: 'mass_deletion_at' },
  ])
})

test('R15 a truncated table alarms as a deleted one does', async () => {
  await look()
  await live('truncate crm.notes')
  expect((await look()).alarmed).toEqual([world.portal.id])
  expect((await openAlerts())[0]?.detail).toMatchObject({ deleted: 1500 })
})

test('R15 an hour of quiet ends an event: what is deleted after it is another one', async () => {
  await look()
  await live('delete from crm.deals where id > 1700')
  await look()
  await passed(90)
  await look()
  await live('delete from crm.deals where id > 1400')
  expect((await look()).alarmed).toEqual([world.portal.id])
  expect(await openAlerts()).toHaveLength(2)
})

test('R15 a restore and an undo of ours delete rows and alarm nobody; what people delete beside them does', async () => {
  const snapshot = await world.capture()
  await live(incidentSql)
  await live(
    `insert into crm.deals (title) select 'newer' from generate_series(1, 400); update crm.companies set name = name || '!'`,
  )
  await look()
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  const [counted] = await world.live.sql<
    { rows: number }[]
  >`select pg_stat_get_tuples_deleted('crm.deals'::regclass)::int as rows`
  expect(counted?.rows).toBeGreaterThan(400)
  expect(await look()).toMatchObject({ looked: [world.portal.id], alarmed: [], failed: [] })
  expect(await desk.owner`select from deletion_samples where portal_id = ${world.portal.id}`).toHaveLength(0)

  const { safetySnapshotId } = await world.readRun(runId)
  const undo = await world.run(await world.preview(safetySnapshotId ?? '', 'crm', 'undo'), 'undo', runId)
  expect(await executeRun(desk.db, undo, world.work())).toEqual({ done: true, state: 'succeeded' })
  await live('delete from intranet.posts where id <= 250')
  expect((await look()).alarmed).toEqual([world.portal.id])
  expect((await openAlerts())[0]?.detail).toMatchObject({ deleted: 250, tables: [{ table: 'posts', rows: 250 }] })
})

test('R15 while a restore of ours runs nobody looks; the look after it has seen everything', async () => {
  const snapshot = await world.capture()
  await live('delete from crm.notes where deal_id <= 10')
  await look()
  const runId = await world.run(await world.preview(snapshot.id))
  const looked: string[][] = []
  const work = world.work({
    observe: async (boundary) => {
      if (boundary === 'restore.locked') looked.push((await look()).looked)
    },
  })
  expect(await executeRun(desk.db, runId, work)).toEqual({ done: true, state: 'succeeded' })
  expect(looked).toEqual([[]])
  expect((await look()).looked).toEqual([world.portal.id])
})

test('S28 the newest point complete before it began is proposed, with the smaller scope that brings back the better part', async () => {
  const { portal } = world
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
  const owner = signedIn(world.owner.id)
  await look()
  await passed(10)
  const before = await makeSnapshot(desk.db, portal, { completedAt: hoursAgo(1) })
  await makeSnapshot(desk.db, portal, { completedAt: hoursAgo(2) })
  await makeSnapshot(desk.db, portal, { completedAt: hoursAgo(0.9), state: 'bad' })
  await makeSnapshot(desk.db, portal, { completedAt: hoursAgo(0.8), label: 'safety' })
  // Taken in the middle of it.
  await makeSnapshot(desk.db, portal, { completedAt: hoursAgo(0.05) })
  await live('delete from intranet.posts; delete from crm.deals where id > 1600')
  await look()
  const [told] = await readMassDeletions(desk.db, owner, portal.id)
  expect(told).toMatchObject({ deleted: 700, proposed: { snapshotId: before.id, scope: 'crm' } })
  await passed(90)
  await look()
  await live('delete from intranet.posts; insert into intranet.posts (body) select $$x$$ from generate_series(1, 300)')
  await look()
  await live('delete from intranet.posts')
  await look()
  expect((await readMassDeletions(desk.db, owner, portal.id))[0]?.proposed?.scope).toBe('full')
})

test('R15 it ends when somebody acts on it, or when no restore point could help any more', async () => {
  await look()
  await live('delete from crm.deals where id > 1700')
  await look()
  await scoped(desk.db, 'system', (tx) => endMassDeletions(tx, world.portal.id))
  expect(await openAlerts()).toEqual([])
  await live('delete from crm.deals where id > 1400')
  expect((await look()).alarmed).toEqual([])
  expect(await openAlerts()).toEqual([])
  await passed(120)
  await look()
  await live('delete from crm.deals where id > 1100')
  await look()
  expect(await openAlerts()).toHaveLength(1)
  await passed(7 * 24 * 60 + 1)
  await look()
  expect(await openAlerts()).toEqual([])
})

test('R15 one portal that does not answer keeps nobody from the others; suspended and self-hosted ones are not asked', async () => {
  const { portal: dead } = await makePortal(desk.db)
  await makePortal(desk.db, { status: 'suspended' })
  await makePortal(desk.db, { edition: 'self_hosted', datastoreId: null, databaseName: null })
  const watched = await look()
  expect(watched.looked).toEqual([world.portal.id])
  expect(watched.failed).toMatchObject([{ portalId: dead.id }])
})

test('I8 nobody of another portal reads of it, nor does anybody but the worker read what was counted', async () => {
  await look()
  await live('delete from crm.deals where id > 1700')
  await look()
  const [alert] = await openAlerts()
  const asked = { portalId: world.portal.id, alertId: alert?.id ?? '' }
  const member = await makeMember(desk.db, world.portal.id)
  const { owner: stranger } = await makePortal(desk.db)
  expect(await readMassDeletion(desk.db, signedIn(member.id), asked)).toMatchObject({ id: alert?.id })
  expect(await readMassDeletion(desk.db, signedIn(stranger.id), asked)).toBeNull()
  expect(await readMassDeletions(desk.db, signedIn(stranger.id), world.portal.id)).toEqual([])
  for (const table of [deletionMarks, deletionSamples])
    expect(await scoped(desk.db, member.id, (tx) => tx.select().from(table))).toEqual([])
})

test('samples that no judgement asks for are forgotten', async () => {
  await look()
  await live('delete from crm.deals where id > 1990')
  await look()
  await forgetDeletionSamples(desk.db)
  expect(await desk.owner`select from deletion_samples where portal_id = ${world.portal.id}`).toHaveLength(1)
  await passed(15 * 24 * 60 + 1)
  await forgetDeletionSamples(desk.db)
  expect(await desk.owner`select from deletion_samples where portal_id = ${world.portal.id}`).toHaveLength(0)
})
