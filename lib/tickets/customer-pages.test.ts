import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portals, previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember } from '#db/testing/factories.ts'
import { readMyPortals } from '#lib/portals/read-my-portals.ts'
import { askPreview } from './ask-preview.ts'
import { readAskedPreview } from './read-asked-preview.ts'
import { readMyTickets } from './read-my-tickets.ts'
import { readNewRestore } from './read-new-restore.ts'
import { makeScene, open, person, refusalOf, type Scene } from './testing/desk.ts'

let desk: TestDatabase
let scene: Scene
let foreign: Scene
beforeAll(async () => {
  desk = await cloneDatabase()
  scene = await makeScene(desk.db)
  foreign = await makeScene(desk.db)
})
afterAll(() => desk.drop())

const asked = (who = scene.requester, change: Partial<Parameters<typeof askPreview>[2]> = {}) =>
  askPreview(desk.db, who, { portalId: scene.portal.id, snapshotId: scene.snapshot.id, scope: 'crm', ...change })

async function previewOf(who = scene.requester): Promise<string> {
  const answer = await asked(who)
  if (!answer.ok) throw new Error(answer.refusal.code)
  return answer.previewId
}

describe('the page of a new restore', () => {
  test('S1 a member sees that there is an owner, not who; the owner sees themselves', async () => {
    const [member, owner] = await Promise.all(
      [scene.requester, scene.owner].map((who) => readNewRestore(desk.db, who, scene.portal.externalId)),
    )
    expect([member?.isOwner, owner?.isOwner]).toEqual([false, true])
    expect(owner?.ownerName).toBe(scene.owner.name)
    expect(member?.ownerName).not.toBe(scene.owner.name)
  })

  test('S113 a foreign portal is not there, for its previews neither', async () => {
    expect(await readNewRestore(desk.db, scene.requester, foreign.portal.externalId)).toBeNull()
    const answer = await asked(scene.requester, { portalId: foreign.portal.id, snapshotId: foreign.snapshot.id })
    expect(refusalOf(answer)).toBe('not_found')
    const mixed = await asked(scene.requester, { snapshotId: foreign.snapshot.id })
    expect(refusalOf(mixed)).toBe('not_found')
  })

  test.each([
    [{ edition: 'self_hosted' as const }, 'R8 self_hosted'],
    [{ status: 'suspended' as const }, 'portal_suspended'],
  ])('R8, S73 %o is answered at once, by the page and by the comparison', async (change, expected) => {
    const other = await makeScene(desk.db)
    await scoped(desk.db, 'system', (tx) => tx.update(portals).set(change).where(sql`id = ${other.portal.id}`))
    const page = await readNewRestore(desk.db, other.requester, other.portal.externalId)
    expect([page?.refusal?.rule, page?.refusal?.code].filter(Boolean).join(' ')).toBe(expected)
    const answer = await askPreview(desk.db, other.requester, {
      portalId: other.portal.id,
      snapshotId: other.snapshot.id,
      scope: 'crm',
    })
    expect(refusalOf(answer)).toBe(expected)
  })

  test('S45 the same question asked at once, twice and again, is one comparison', async () => {
    const answers = await Promise.all([previewOf(), previewOf(), previewOf()])
    expect(new Set(answers).size).toBe(1)
    const [jobs] = await desk.owner<{ count: number }[]>`
      select count(*)::int as count from graphile_worker.jobs where key = ${`preview:${answers[0] ?? ''}`}`
    expect(jobs?.count).toBe(1)
  })

  test('a look again on purpose is a new comparison, once the one before the eyes is done', async () => {
    const first = await previewOf()
    const computing = await asked(scene.requester, { insteadOf: [first] })
    expect(computing).toMatchObject({ ok: true, previewId: first })
    await scoped(desk.db, 'system', (tx) =>
      tx.update(previews).set({ state: 'failed', error: 'made way' }).where(sql`id = ${first}`),
    )
    const ready = await previewOf(scene.owner)
    await desk.owner`update previews set state = 'ready', digest = ${'d'.repeat(64)} where id = ${ready}`
    expect(await asked(scene.owner)).toMatchObject({ ok: true, previewId: ready })
    const again = await asked(scene.owner, { insteadOf: [ready] })
    expect(again.ok && again.previewId !== ready).toBe(true)
  })

  test('a preview is for the one who asked and for the owner; a colleague and a stranger do not find it', async () => {
    const previewId = await previewOf()
    const colleague = person(await makeMember(desk.db, scene.portal.id))
    const seen = await Promise.all(
      [scene.requester, scene.owner, colleague, foreign.owner].map((who) => readAskedPreview(desk.db, who, previewId)),
    )
    expect(seen.map((preview) => preview?.state ?? null)).toEqual(['computing', 'computing', null, null])
    expect(await readAskedPreview(desk.db, scene.owner, 'x')).toBeNull()
  })

  test('a comparison that failed is asked anew, not shown again', async () => {
    const previewId = await previewOf()
    await scoped(desk.db, 'system', (tx) => tx.update(previews).set({ state: 'failed' }).where(sql`id = ${previewId}`))
    expect(await previewOf()).not.toBe(previewId)
  })
})

describe('home', () => {
  test('S1, S14 a ticket is in the list of who asked and of the owner, until they leave the portal; not in a colleague’s', async () => {
    const own = await makeScene(desk.db)
    await open(desk.db, own)
    const colleague = person(await makeMember(desk.db, own.portal.id))
    const lists = () => Promise.all([own.requester, own.owner, colleague].map((who) => readMyTickets(desk.db, who)))
    expect((await lists()).map((list) => list.map(({ isOwner }) => isOwner))).toEqual([[false], [true], []])
    await desk.owner`update portal_people set deactivated_at = now() where user_id = ${own.requester.userId}`
    expect((await lists()).map((list) => list.length)).toEqual([0, 1, 0])
  })

  test('S113 staff see the tickets of others on the desk, not as their own', async () => {
    expect(await readMyTickets(desk.db, scene.agent)).toEqual([])
  })

  test('each portal says what its reader is there', async () => {
    const [own] = await readMyPortals(desk.db, scene.owner)
    const [worked] = await readMyPortals(desk.db, scene.requester)
    expect([own?.relation, worked?.relation]).toEqual(['owner', 'member'])
  })
})
