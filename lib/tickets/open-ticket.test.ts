import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holds, mailOutbox, ticketWatchers } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember, makePreview, makeSnapshot } from '#db/testing/factories.ts'
import { checkPlan } from './check-plan.ts'
import { giveConsent } from './give-consent.ts'
import { readLog } from './log.ts'
import { type OpenTicketInput, openTicket } from './open-ticket.ts'
import { makeScene, open, person, refusalOf, type Scene, ticketIn, ticketRow, unpaid, words } from './testing/desk.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
const wish = ({ portal, snapshot, preview, scope }: Scene, change: Partial<OpenTicketInput> = {}): OpenTicketInput => ({
  portalId: portal.id,
  snapshotId: snapshot.id,
  previewId: preview.id,
  scope,
  subject: 'Deals are gone',
  reason: 'Somebody emptied it',
  ...change,
})
const ask = (scene: Scene, change: Partial<OpenTicketInput> = {}, who = scene.requester) =>
  openTicket(desk.db, who, wish(scene, change))

describe('opening a ticket', () => {
  test('S1 the requester is not the owner: accepted, the snapshot is held, the owner is asked, and nobody else can answer', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const mails = await scoped(desk.db, 'system', (tx) => tx.select().from(mailOutbox).where(eq(mailOutbox.ticketId, ticketId)))
    expect(mails.map(({ template }) => template)).toEqual(['owner_asked'])
    const consent = { ticketId, previewId: scene.preview.id, digest: scene.preview.digest ?? '', ...words(scene) }
    for (const other of [scene.requester, scene.agent, scene.approver, scene.admin]) {
      expect(refusalOf(await giveConsent(desk.db, other, consent))).toBe('not_allowed')
    }
  })

  test('I10 the hold is placed in the commit that opens the ticket, until retention and hold maximum are over', async () => {
    const completedAt = hoursAgo(100)
    const scene = await makeScene(desk.db, { completedAt })
    const ticketId = await open(desk.db, scene)
    const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(holds).where(eq(holds.ticketId, ticketId)))
    expect(rows).toMatchObject([
      { snapshotId: scene.snapshot.id, releasedAt: null, until: new Date(completedAt.getTime() + (7 * 24 + 72) * 3_600_000) },
    ])
    await expect(desk.owner`update snapshots set state = 'pruning' where id = ${scene.snapshot.id}`).rejects.toThrow(/held/)
  })

  test('S8 that the requester deleted the records is a fact for owner and approver, not a block', async () => {
    const scene = await makeScene(desk.db)
    const opened = await ask(scene, { deletedByRequester: 42 })
    expect(opened.ok).toBe(true)
    const row = await ticketRow(desk.db, opened.ok ? opened.ticket.id : '')
    expect(row.machineState).toMatchObject({ deletedByRequester: 42 })
  })

  test('S17 a free portal may open a ticket; it waits in its upgrade step with a deadline', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'checkingPlan')
    await checkPlan(desk.db, { ticketId }, unpaid)
    const row = await ticketRow(desk.db, ticketId)
    expect(row).toMatchObject({ state: 'awaitingUpgrade', turn: 'owner' })
    expect(row.lethalAt?.getTime()).toBeGreaterThan(Date.now())
  })

  test('S37 a renamed portal is the same portal: consent asks for the name it bears now', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    await desk.owner`update portals set name = 'Żółw & Sons' where id = ${scene.portal.id}`
    const consent = { ticketId, previewId: scene.preview.id, digest: scene.preview.digest ?? '', ...words(scene) }
    expect(refusalOf(await giveConsent(desk.db, scene.owner, consent))).toBe('R4 typed_name_differs')
    expect((await giveConsent(desk.db, scene.owner, { ...consent, typedName: ' żółw  & sons ' })).ok).toBe(true)
  })
})

describe('a second wish for the same portal', () => {
  test('S39 second ticket joins the first, and its author becomes a watcher', async () => {
    const scene = await makeScene(desk.db)
    const first = await ticketIn(desk.db, scene, 'verifyingOwner')
    const colleague = person(await makeMember(desk.db, scene.portal.id))
    const second = await ask(scene, { reason: 'I miss them too' }, colleague)
    expect(second).toMatchObject({ ok: true, joined: true, ticket: { id: first } })
    const watchers = await scoped(desk.db, 'system', (tx) =>
      tx.select().from(ticketWatchers).where(eq(ticketWatchers.ticketId, first)),
    )
    expect(watchers.map(({ userId }) => userId)).toEqual([colleague.userId])
    expect((await scoped(desk.db, 'system', (tx) => readLog(tx, first))).at(-1)?.event).toMatchObject({
      type: 'JOIN_TICKET',
      reason: 'I miss them too',
    })
  })

  test('S39 ten at the same moment make one ticket and nine watchers', async () => {
    const scene = await makeScene(desk.db)
    const colleagues = await Promise.all(
      Array.from({ length: 10 }, async () => person(await makeMember(desk.db, scene.portal.id))),
    )
    const answers = await Promise.all(colleagues.map((colleague) => ask(scene, {}, colleague)))
    expect(answers.filter((answer) => answer.ok && !answer.joined)).toHaveLength(1)
    expect(answers.filter((answer) => answer.ok && answer.joined)).toHaveLength(9)
    expect(new Set(answers.map((answer) => answer.ok && answer.ticket.id)).size).toBe(1)
  })

  test('S40 full asked while a CRM restore waits: the wish is noted, and nothing agreed moves across', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const before = await ticketRow(desk.db, ticketId)
    const full = await makePreview(desk.db, scene.snapshot, { scope: 'full' })
    expect(await ask(scene, { scope: 'full', previewId: full.id }, scene.owner)).toMatchObject({ ok: true, joined: true })
    const after = await ticketRow(desk.db, ticketId)
    expect(after).toMatchObject({ scope: 'crm', previewId: before.previewId, state: 'awaitingApproval' })
    expect((await scoped(desk.db, 'system', (tx) => readLog(tx, ticketId))).at(-1)?.event).toMatchObject({
      type: 'JOIN_TICKET',
      scope: 'full',
    })
    // The scope of a ticket is not even the database's to change.
    await expect(desk.owner`update tickets set scope = 'full' where id = ${ticketId}`).rejects.toThrow(/keeps its request/)
  })

  test('a restored ticket does not stand in the way of a new one', async () => {
    const scene = await makeScene(desk.db)
    await ticketIn(desk.db, scene, 'restored')
    expect(await ask(scene)).toMatchObject({ ok: true, joined: false })
  })
})

describe('what opens no ticket', () => {
  const none = async (scene: Scene) =>
    Number((await desk.owner<{ n: number }[]>`select count(*) as n from tickets where portal_id = ${scene.portal.id}`)[0]?.n)

  test('S76 R8 a self-hosted portal is answered at once and is never in the queue', async () => {
    const scene = await makeScene(desk.db)
    await desk.owner`update portals set edition = 'self_hosted' where id = ${scene.portal.id}`
    expect(refusalOf(await ask(scene))).toBe('R8 self_hosted')
    expect(await none(scene)).toBe(0)
  })

  test.each([
    ['S73 a suspended portal', `status = 'suspended'`, 'portal_suspended'],
    ['S74 a deleted portal', `status = 'deleted'`, 'portal_deleted'],
    ['S77 a legal hold', 'legal_hold = true', 'legal_hold'],
  ])('%s', async (_, change, code) => {
    const scene = await makeScene(desk.db)
    await desk.owner.unsafe(`update portals set ${change} where id = '${scene.portal.id}'`)
    expect(refusalOf(await ask(scene))).toBe(code)
    expect(await none(scene)).toBe(0)
  })

  test('S36 R2 data older than retention is an honest no; one second before the seven days it is a yes (S32)', async () => {
    const old = await makeScene(desk.db, { completedAt: new Date(Date.now() - 7 * 24 * 3_600_000 - 1000) })
    expect(refusalOf(await ask(old))).toBe('R2 snapshot_too_old')
    const fresh = await makeScene(desk.db, { completedAt: new Date(Date.now() - 7 * 24 * 3_600_000 + 60_000) })
    expect((await ask(fresh)).ok).toBe(true)
  })

  test('R2 a pruned snapshot, R5 one person’s data alone, R6 a preview that is not ready or of another snapshot', async () => {
    const scene = await makeScene(desk.db)
    const pruned = await makeSnapshot(desk.db, scene.portal, { state: 'pruned' })
    const computing = await makePreview(desk.db, scene.snapshot, { state: 'computing', digest: null })
    const other = await makePreview(desk.db, await makeSnapshot(desk.db, scene.portal))
    expect(refusalOf(await ask(scene, { snapshotId: pruned.id }))).toBe('R2 snapshot_gone')
    expect(refusalOf(await ask(scene, { onlyForPerson: 'Anna' }))).toBe('R5 single_person_restore')
    expect(refusalOf(await ask(scene, { previewId: computing.id }))).toBe('R6 preview_not_ready')
    expect(refusalOf(await ask(scene, { previewId: other.id }))).toBe('R6 preview_of_another')
    expect(await none(scene)).toBe(0)
  })

  test('R3 a scope that the policy does not offer', async () => {
    await desk.owner`insert into policy_versions (version, policy) values (7, '{"scopes": ["full"]}')`
    const scene = await makeScene(desk.db)
    const answer = await ask(scene)
    await desk.owner`delete from policy_versions where version = 7`
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'scope_not_offered', rule: 'R3', policyVersion: 7 } })
  })

  test('S34 more snapshots held than the policy allows one portal', async () => {
    const scene = await makeScene(desk.db)
    const done = await ticketIn(desk.db, scene, 'restored')
    for (let i = 0; i < 3; i++) {
      const { id } = await makeSnapshot(desk.db, scene.portal)
      await desk.owner`insert into holds (snapshot_id, ticket_id, until) values (${id}, ${done}, now() + interval '1 day')`
    }
    expect(refusalOf(await ask(scene))).toBe('R2 hold_limit_reached')
  })

  test('S86 somebody who is not of the portal: a stranger sees nothing, staff may not', async () => {
    const scene = await makeScene(desk.db)
    expect(refusalOf(await ask(scene, {}, (await makeScene(desk.db)).owner))).toBe('not_found')
    expect(refusalOf(await ask(scene, {}, scene.agent))).toBe('not_allowed')
  })
})
