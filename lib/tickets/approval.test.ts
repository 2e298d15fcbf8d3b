import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { type Person, systemActor } from '#lib/domain/actor.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import { approveRestore } from './approve-restore.ts'
import { assignTicket } from './assign-ticket.ts'
import { claimTicket } from './claim-ticket.ts'
import { dispatch } from './dispatch.ts'
import { readLog } from './log.ts'
import { rejectRestore } from './reject-restore.ts'
import { releaseTicket } from './release-ticket.ts'
import {
  begin,
  enrolledSince,
  jobsOf,
  makeScene,
  paid,
  refusalOf,
  runOf,
  type Scene,
  setRoles,
  taken,
  ticketIn,
  ticketRow,
} from './testing/desk.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

const approve = (scene: Scene, ticketId: string, who: Person) =>
  approveRestore(desk.db, who, { ticketId, digest: scene.preview.digest ?? '' })
const stateOf = async (ticketId: string) => (await ticketRow(desk.db, ticketId)).state

describe('R9 four eyes', () => {
  test.each([
    ['crm', 5000, 1],
    ['full', 50, 1],
    ['full', 51, 2],
  ] as const)('%s on a portal of %i users needs %i', async (scope, userCount, needed) => {
    const scene = await makeScene(desk.db, { scope, userCount })
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    expect(taken(await approve(scene, ticketId, scene.approver)).state).toBe(needed === 1 ? 'scheduled' : 'awaitingApproval')
    if (needed === 1) return
    expect(refusalOf(await approve(scene, ticketId, scene.approver))).toBe('R9 already_voted')
    expect(taken(await approve(scene, ticketId, scene.approver2)).state).toBe('scheduled')
  })

  test('neither requester nor owner approves, also when they have the role (S16)', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    await setRoles(desk.db, scene.requester.userId, ['approver'])
    await setRoles(desk.db, scene.owner.userId, ['approver'])
    expect(refusalOf(await approve(scene, ticketId, scene.requester))).toBe('R9 approver_is_requester')
    expect(refusalOf(await approve(scene, ticketId, scene.owner))).toBe('R9 approver_is_owner')
  })

  test('S79 whoever handled the ticket cannot approve it, also after giving it back; whoever voted cannot handle it', async () => {
    const scene = await makeScene(desk.db, { scope: 'full', userCount: 60 })
    await setRoles(desk.db, scene.agent.userId, ['agent', 'approver'])
    await setRoles(desk.db, scene.approver.userId, ['agent', 'approver'])
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    taken(await claimTicket(desk.db, scene.agent, { ticketId }))
    expect(refusalOf(await approve(scene, ticketId, scene.agent))).toBe('R9 approver_is_handler')
    taken(await releaseTicket(desk.db, scene.agent, { ticketId }))
    expect(refusalOf(await approve(scene, ticketId, scene.agent))).toBe('R9 approver_is_handler')
    taken(await approve(scene, ticketId, scene.approver))
    expect(refusalOf(await claimTicket(desk.db, scene.approver, { ticketId }))).toBe('R9 handler_has_voted')
    expect(refusalOf(await assignTicket(desk.db, scene.agent2, { ticketId, assigneeId: scene.approver.userId }))).toBe(
      'R9 handler_has_voted',
    )
  })

  test('S79 and by constraint: a vote of the requester cannot even be written past the door', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const vote = desk.owner`insert into votes (ticket_id, portal_id, digest, approver_id, decision, method)
      values (${ticketId}, ${scene.portal.id}, 'd', ${scene.requester.userId}, 'approve', 'totp')`
    await expect(vote).rejects.toThrow(/four eyes/)
  })

  test('one no is enough, and its reason is the customer’s to read', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const no = await rejectRestore(desk.db, scene.approver, {
      ticketId,
      digest: scene.preview.digest ?? '',
      reason: 'Use the recycle bin',
    })
    expect(taken(no).state).toBe('rejected')
    const mails = await desk.owner<
      { reason: string }[]
    >`select data->>'reason' as reason from mail_outbox where ticket_id = ${ticketId} and template = 'rejected'`
    expect(new Set(mails.map((mail) => mail.reason))).toEqual(new Set(['Use the recycle bin']))
  })
})

test('two approvers at the same moment: both count, and the restore is scheduled once', async () => {
  const scene = await makeScene(desk.db, { scope: 'full', userCount: 60 })
  const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
  const answers = await Promise.all([scene.approver, scene.approver2].map((who) => approve(scene, ticketId, who)))
  expect(answers.map((answer) => taken(answer).state).sort()).toEqual(['awaitingApproval', 'scheduled'])
  expect((await jobsOf(desk.owner, ticketId)).filter(({ payload }) => payload.timer === 'windowOpens')).toHaveLength(1)
})

test('S81 an approver who lost the role before the execution: the vote no longer counts, and another is asked for', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'scheduled')
  await setRoles(desk.db, scene.approver.userId, [])
  await begin(desk.db, ticketId)
  expect(await stateOf(ticketId)).toBe('awaitingApproval')
  taken(await approve(scene, ticketId, scene.approver2))
  await begin(desk.db, ticketId)
  expect(await stateOf(ticketId)).toBe('restoring')
})

describe('S7 R13 an approver’s authenticator of an hour ago', () => {
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString()

  test('says neither yes nor no to a restore of the whole portal; one of another approver does', async () => {
    const scene = await makeScene(desk.db, { scope: 'full' })
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const fresh = enrolledSince(scene.approver, hourAgo)
    expect(refusalOf(await approve(scene, ticketId, fresh))).toBe('R13 approver_factor_too_new')
    const no = await rejectRestore(desk.db, fresh, { ticketId, digest: scene.preview.digest ?? '', reason: 'No' })
    expect(refusalOf(no)).toBe('R13 approver_factor_too_new')
    expect(taken(await approve(scene, ticketId, scene.approver2)).state).toBe('scheduled')
  })

  test('is enough for the CRM, and the log keeps with the vote since when it is in use', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    expect(taken(await approve(scene, ticketId, enrolledSince(scene.approver, hourAgo))).state).toBe('scheduled')
    const log = await scoped(desk.db, 'system', (tx) => readLog(tx, ticketId))
    expect(log.findLast(({ event }) => event.type === 'APPROVE_RESTORE')?.actor).toMatchObject({
      userId: scene.approver.userId,
      stepUp: { enrolledAt: hourAgo },
    })
  })
})

describe('I1 a run', () => {
  test('starts only after consent, plan and approval for that portal, snapshot, scope and digest are in the log', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restoring')
    const log = await scoped(desk.db, 'system', (tx) => readLog(tx, ticketId))
    const run = await runOf(desk.db, ticketId)
    expect(run).toMatchObject({
      kind: 'restore',
      portalId: scene.portal.id,
      snapshotId: scene.snapshot.id,
      previewId: scene.preview.id,
      digest: scene.preview.digest,
      scope: 'crm',
    })
    const order = ['GIVE_CONSENT', 'PLAN_CHECKED', 'APPROVE_RESTORE', 'BEGIN_RESTORE'].map((type) =>
      log.findIndex(({ event }) => event.type === type),
    )
    expect(order.every((index) => index > 0)).toBe(true)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(
      (await desk.owner<{ key: string }[]>`select j.key from graphile_worker._private_jobs j where j.key = ${`run:${run.id}`}`)
        .length,
    ).toBe(1)
  })

  test('cannot begin from any earlier state, whatever is sent', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const at = new Date().toISOString()
    const event: TicketEvent = {
      type: 'BEGIN_RESTORE',
      timer: 'windowOpens',
      due: at,
      runId: crypto.randomUUID(),
      ...(await paid()),
      approverIds: [],
    }
    expect(refusalOf(await dispatch(desk.db, systemActor('timer'), { ticketId, event }))).toBe('not_now')
    expect(await stateOf(ticketId)).toBe('awaitingApproval')
  })
})

test('I2 S41 at most one live run a portal: a second waits outside, by constraint', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'scheduled')
  const { snapshot, preview, portal } = scene
  await desk.owner`insert into runs (portal_id, kind, scope, way, snapshot_id, preview_id, digest)
    values (${portal.id}, 'restore', 'crm', 'in_place', ${snapshot.id}, ${preview.id}, 'by an operator')`
  await expect(begin(desk.db, ticketId)).rejects.toThrow('another_restore_live')
  expect(await stateOf(ticketId)).toBe('scheduled')
  await desk.owner`update runs set state = 'succeeded' where portal_id = ${portal.id}`
  await begin(desk.db, ticketId)
  expect(await stateOf(ticketId)).toBe('restoring')
})

test('a colleague of the portal, however high on the desk, decides nothing about their own portal’s ticket (S16)', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
  await setRoles(desk.db, scene.owner.userId, ['agent'])
  expect(refusalOf(await claimTicket(desk.db, scene.owner, { ticketId }))).toBe('R9 handler_is_party')
})
