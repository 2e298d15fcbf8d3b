import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { portals, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { askCapture } from './ask-capture.ts'
import { makeScene, refusalOf, type Scene } from './testing/desk.ts'

let desk: TestDatabase
let scene: Scene
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  scene = await makeScene(desk.db)
})

const ask = (who = scene.owner, note = 'Before the import') => askCapture(desk.db, who, { portalId: scene.portal.id, note })
const queued = () =>
  desk.owner<
    { payload: unknown }[]
  >`select payload from graphile_worker._private_jobs where key = ${`capture:${scene.portal.id}:manual`}`
const made = (label: 'daily' | 'manual' | 'safety', state: 'capturing' | 'ready' | 'failed', hoursAgo: number) =>
  scoped(desk.db, 'system', (tx) => {
    const at = new Date(Date.now() - hoursAgo * 3_600_000)
    const done = state === 'ready' ? { completedAt: at, databaseName: `copy_${crypto.randomUUID()}` } : {}
    const { id: portalId, datastoreId } = scene.portal
    if (datastoreId === null) throw new Error('the portal has no datastore')
    return tx.insert(snapshots).values({ portalId, datastoreId, label, state, startedAt: at, ...done })
  })

describe('R1 the owner’s own restore point', () => {
  test('is made for the owner’s words, once however often it is asked, and sends nobody out of the portal', async () => {
    expect([await ask(), await ask()]).toMatchObject([{ ok: true }, { ok: true }])
    expect(await queued()).toEqual([
      { payload: { portalId: scene.portal.id, label: 'manual', note: 'Before the import', mayBar: 'never' } },
    ])
  })

  test('R4 S84 is for the owner alone; to a stranger the portal is not there', async () => {
    const stranger = (await makeScene(desk.db)).owner
    const asked = await Promise.all([scene.requester, scene.agent, stranger].map((who) => ask(who)))
    expect(asked.map(refusalOf)).toEqual(['R4 not_owner', 'R4 not_owner', 'not_found'])
    expect(await queued()).toEqual([])
  })

  test('R8 S73 is not made of a portal that minds its own backups, nor of a suspended one', async () => {
    const become = (values: Partial<typeof portals.$inferInsert>) =>
      scoped(desk.db, 'system', (tx) => tx.update(portals).set(values).where(eq(portals.id, scene.portal.id)))
    await become({ status: 'suspended' })
    expect(refusalOf(await ask())).toBe('portal_suspended')
    await become({ status: 'active', edition: 'self_hosted' })
    expect(refusalOf(await ask())).toBe('R8 self_hosted')
  })

  test('comes after the one that is being made, and so many times a day; failed, daily and safety copies do not count', async () => {
    for (const [label, state] of [
      ['daily', 'ready'],
      ['safety', 'capturing'],
      ['manual', 'failed'],
    ] as const)
      await made(label, state, 1)
    for (const hoursAgo of [25, 3, 2]) await made('manual', 'ready', hoursAgo)
    expect((await ask()).ok).toBe(true)
    await made('manual', 'ready', 1)
    expect(refusalOf(await ask())).toBe('R1 own_captures_reached')
    await made('daily', 'capturing', 0)
    expect(refusalOf(await ask())).toBe('R1 capture_under_way')
  })

  test('needs words to be found by', async () => {
    expect(refusalOf(await ask(scene.owner, '   '))).toBe('invalid_input')
  })
})
