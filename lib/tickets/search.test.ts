import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { searches } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember } from '#db/testing/factories.ts'
import { forgetSearches, searchRecords, sweepSearches } from '#lib/snapshots/search-records.ts'
import { askSearch } from './ask-search.ts'
import { readAskedSearch } from './read-asked-search.ts'
import { readNewRestore } from './read-new-restore.ts'
import { makeScene, person, refusalOf, type Scene } from './testing/desk.ts'

let desk: TestDatabase
let scene: Scene
let foreign: Scene
beforeAll(async () => {
  desk = await cloneDatabase()
  foreign = await makeScene(desk.db)
})
afterAll(() => desk.drop())
beforeEach(async () => {
  scene = await makeScene(desk.db)
})

const ask = (who = scene.requester, words = 'wharf', portalId = scene.portal.id) => askSearch(desk.db, who, { portalId, words })
async function asked(who = scene.requester, words = 'wharf'): Promise<string> {
  const answer = await ask(who, words)
  if (!answer.ok) throw new Error(answer.refusal.code)
  return answer.searchId
}
const rows = () => scoped(desk.db, 'system', (tx) => tx.select().from(searches))

describe('find my record', () => {
  test('S113 S84 a search is for the one who asked: no colleague, no owner, no stranger and nobody of the desk finds it', async () => {
    const searchId = await asked()
    const colleague = person(await makeMember(desk.db, scene.portal.id))
    const readers = [scene.requester, scene.owner, colleague, foreign.owner, scene.agent, scene.admin]
    const seen = await Promise.all(readers.map((who) => readAskedSearch(desk.db, who, searchId)))
    expect(seen.map((search) => search?.words ?? null)).toEqual(['wharf', null, null, null, null, null])
    expect(await readAskedSearch(desk.db, scene.requester, 'x')).toBeNull()
    // Below the verbs too: the rows themselves are the asker's alone.
    const raw = await Promise.all(
      [scene.requester, scene.owner, scene.admin].map((who) => scoped(desk.db, who.userId, (tx) => tx.select().from(searches))),
    )
    expect(raw.map((found) => found.length)).toEqual([1, 0, 0])
  })

  test('S14 who has left the portal no longer finds what they had found, nor anything new', async () => {
    const searchId = await asked()
    await desk.owner`update portal_people set deactivated_at = now() where user_id = ${scene.requester.userId}`
    expect(await readAskedSearch(desk.db, scene.requester, searchId)).toBeNull()
    expect(refusalOf(await ask())).toBe('not_found')
  })

  test('S113 S84 a foreign portal is not there, and the desk may not look', async () => {
    expect(refusalOf(await ask(scene.requester, 'wharf', foreign.portal.id))).toBe('not_found')
    expect(refusalOf(await ask(scene.agent))).toBe('not_allowed')
  })

  test('the owner and an administrator look everywhere, everybody else in the CRM', async () => {
    const admin = person(await makeMember(desk.db, scene.portal.id, 'admin'))
    const people = [scene.owner, admin, scene.requester]
    const scopes = await Promise.all(people.map(async (who) => (await readAskedSearch(desk.db, who, await asked(who)))?.scope))
    expect(scopes).toEqual(['full', 'full', 'crm'])
    const pages = await Promise.all(people.map((who) => readNewRestore(desk.db, who, scene.portal.externalId)))
    expect(pages.map((page) => page?.searches)).toEqual(['full', 'full', 'crm'])
  })

  test('S45 asked twice at once it is one search, and other words are another', async () => {
    const ids = await Promise.all([asked(), asked(), asked(scene.requester, ' wharf ')])
    expect(new Set(ids).size).toBe(1)
    expect(await asked(scene.requester, 'Wharf')).not.toBe(ids[0])
    const [jobs] = await desk.owner<{ count: number }[]>`
      select count(*)::int as count from graphile_worker.jobs where key = ${`search:${ids[0] ?? ''}`}`
    expect(jobs?.count).toBe(1)
  })

  test('S115 no words, too many letters, no id, and asking without end: a no', async () => {
    const refused = await Promise.all([
      ask(scene.requester, '  '),
      ask(scene.requester, 'x'.repeat(201)),
      ask(scene.requester, 'wharf', "' or true --"),
    ])
    expect(refused.map(refusalOf)).toEqual(['invalid_input', 'invalid_input', 'invalid_input'])
    const answers: string[] = []
    for (let n = 0; n < 31; n++) answers.push(refusalOf(await ask(scene.owner)))
    expect(answers.slice(29)).toEqual(['allowed', 'too_often'])
  })

  test('R8, S73 a portal that no restore is made of is not searched', async () => {
    await desk.owner`update portals set status = 'suspended' where id = ${scene.portal.id}`
    expect(refusalOf(await ask())).toBe('portal_suspended')
  })

  test('a portal that cannot be reached, and a worker that went away: failed, and asked anew', async () => {
    const unreachable = await asked()
    expect(await searchRecords(desk.db, unreachable, new AbortController().signal)).toBe('failed')
    expect(await searchRecords(desk.db, unreachable, new AbortController().signal)).toBeNull()
    const next = await asked()
    expect(next).not.toBe(unreachable)
    await desk.owner`update searches set created_at = now() - interval '4 minutes' where id = ${next}`
    await sweepSearches(desk.db)
    expect(await readAskedSearch(desk.db, scene.requester, next)).toMatchObject({ state: 'failed' })
  })

  test('names of records are forgotten after a day', async () => {
    const [old, young] = [await asked(), await asked(scene.owner)]
    await desk.owner`update searches set created_at = now() - interval '25 hours' where id = ${old}`
    await forgetSearches(desk.db)
    const left = (await rows()).map(({ id }) => id)
    expect([left.includes(old), left.includes(young)]).toEqual([false, true])
  })
})
