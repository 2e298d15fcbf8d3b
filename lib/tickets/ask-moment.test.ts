import { afterAll, beforeEach, expect, test } from 'vitest'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { askMoment } from './ask-moment.ts'
import { readOfferedMoments } from './read-offered-moments.ts'
import { makeScene, refusalOf, type Scene } from './testing/desk.ts'

let desk: TestDatabase
let scene: Scene
afterAll(() => desk.drop())
beforeEach(async () => {
  desk ??= await cloneDatabase()
  scene = await makeScene(desk.db)
  await desk.owner`update portals set moments_from = now() - interval '2 days', moments_to = now() where id = ${scene.portal.id}`
})

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
const ask = (who = scene.owner, at = hoursAgo(1)) => askMoment(desk.db, who, { portalId: scene.portal.id, at })
const queued = () =>
  desk.owner<{ payload: unknown }[]>`select payload from graphile_worker._private_jobs
    where key like ${`capture:${scene.portal.id}:%`} order by key`

test('R4 S84 a moment is made for the owner and for the desk’s agents, and beside what was asked for already', async () => {
  const [one, other] = [hoursAgo(2), hoursAgo(1)]
  expect([await ask(scene.owner, one), await ask(scene.agent, other), await ask(scene.owner, one)]).toMatchObject([
    { ok: true },
    { ok: true },
    { ok: true },
  ])
  const payload = { portalId: scene.portal.id, label: 'manual', mayBar: 'never' }
  expect(await queued()).toEqual([{ payload: { ...payload, at: one } }, { payload: { ...payload, at: other } }])
  const stranger = (await makeScene(desk.db)).owner
  const asked = await Promise.all([scene.requester, scene.approver, stranger].map((who) => ask(who)))
  expect(asked.map(refusalOf)).toEqual(['R4 not_owner', 'R4 not_owner', 'not_found'])
  expect(await queued()).toHaveLength(2)
})

test('what is offered is offered to those who may ask for it, and nothing where there is nothing', async () => {
  const offered = async (who = scene.owner) => (await readOfferedMoments(desk.db, who, scene.portal.id)) !== null
  expect(await Promise.all([scene.owner, scene.agent, scene.requester, scene.approver].map(offered))).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(await offered((await makeScene(desk.db)).owner)).toBe(false)
  await desk.owner`update portals set status = 'suspended' where id = ${scene.portal.id}`
  expect(await offered()).toBe(false)
  await desk.owner`update portals set status = 'active', moments_to = now() - interval '9 days' where id = ${scene.portal.id}`
  expect(await offered()).toBe(false)
  await desk.owner`update portals set moments_from = null, moments_to = null where id = ${scene.portal.id}`
  expect(await offered()).toBe(false)
})

test('R2 a moment that is to come, older than what can be made, or of a portal of which none can be made, is refused', async () => {
  for (const at of [hoursAgo(-1), hoursAgo(49)]) expect(refusalOf(await ask(scene.owner, at))).toBe('R2 moment_out_of_reach')
  expect(refusalOf(await askMoment(desk.db, scene.owner, { portalId: scene.portal.id, at: 'yesterday' }))).toBe('invalid_input')
  await desk.owner`update portals set moments_from = null, moments_to = null where id = ${scene.portal.id}`
  expect(refusalOf(await ask())).toBe('R2 moment_out_of_reach')
  expect(await queued()).toEqual([])
})

test('R1 moments count as the owner’s own restore points: three a day, one after the other', async () => {
  const { id: portalId, datastoreId } = scene.portal
  if (datastoreId === null) throw new Error('the portal has no datastore')
  const made = (state: 'ready' | 'capturing', hours: number) =>
    scoped(desk.db, 'system', (tx) =>
      tx.insert(snapshots).values({
        portalId,
        datastoreId,
        label: 'manual',
        ofMoment: true,
        state,
        startedAt: new Date(hoursAgo(hours)),
        // Of a moment two days ago.
        ...(state === 'ready' ? { completedAt: new Date(hoursAgo(48)), databaseName: `copy_${crypto.randomUUID()}` } : {}),
      }),
    )
  for (const hours of [4, 3]) await made('ready', hours)
  expect((await ask()).ok).toBe(true)
  await made('ready', 2)
  expect(refusalOf(await ask(scene.agent))).toBe('R1 own_captures_reached')
  await made('capturing', 0)
  expect(refusalOf(await ask())).toBe('R1 capture_under_way')
})
