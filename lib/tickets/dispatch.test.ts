import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logEntries, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeUser } from '#db/testing/factories.ts'
import { actorKey, systemActor } from '#lib/domain/actor.ts'
import { addNote } from './add-note.ts'
import { approveRestore } from './approve-restore.ts'
import { cancelTicket } from './cancel-ticket.ts'
import { claimTicket } from './claim-ticket.ts'
import { dispatch } from './dispatch.ts'
import { fireTimer } from './fire-timer.ts'
import { readLog, replayLog, verifyChain } from './log.ts'
import { reply } from './reply.ts'
import { jobsOf, makeScene, paid, person, refusalOf, type Scene, taken, ticketIn, ticketRow, timerDue } from './testing/desk.ts'
import { lifeOf } from './ticket-row.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

const logOf = (ticketId: string) => scoped(desk.db, 'system', (tx) => readLog(tx, ticketId))
const digestOf = ({ preview }: Scene) => preview.digest ?? ''

test('a ticket goes its whole way through the door, and every step is in its log', async () => {
  const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'restored')
  const log = await logOf(ticketId)
  expect(log.map(({ event, stateAfter }) => [event.type, stateAfter])).toEqual([
    ['OPEN_TICKET', 'submitted'],
    ['CHECKS_PASSED', 'verifyingOwner'],
    ['GIVE_CONSENT', 'checkingPlan'],
    ['PLAN_CHECKED', 'awaitingApproval'],
    ['APPROVE_RESTORE', 'scheduled'],
    ['BEGIN_RESTORE', 'restoring'],
    ['RUN_SUCCEEDED', 'restored'],
  ])
  expect(log.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

describe('I6 the record', () => {
  test('is chained by hashes: what is altered, removed or put in front is named', async () => {
    const log = await logOf(await ticketIn(desk.db, await makeScene(desk.db), 'awaitingApproval'))
    expect(verifyChain(log)).toBeNull()
    const altered = log.map((entry) => (entry.seq === 3 ? { ...entry, at: '2020-01-01T00:00:00.000Z' } : entry))
    expect(verifyChain(altered)).toEqual({ seq: 3, problem: 'content' })
    expect(verifyChain(log.filter((entry) => entry.seq !== 2))).toEqual({ seq: 2, problem: 'gap' })
    const swapped = log.map((entry) => (entry.seq === 3 ? { ...entry, previousHash: 'f'.repeat(64) } : entry))
    expect(verifyChain(swapped)).toEqual({ seq: 3, problem: 'link' })
  })

  test('only grows for the application: no update, no delete, not even by the system', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'verifyingOwner')
    const change = () =>
      scoped(desk.db, 'system', (tx) => tx.update(logEntries).set({ version: 9 }).where(eq(logEntries.ticketId, ticketId)))
    const remove = () => scoped(desk.db, 'system', (tx) => tx.delete(logEntries).where(eq(logEntries.ticketId, ticketId)))
    await expect(change()).rejects.toThrow()
    await expect(remove()).rejects.toThrow()
  })
})

test('I11 replaying the log gives the row, also after refusals and replies', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
  taken(await reply(desk.db, scene.requester, { ticketId, body: 'Any news?' }))
  expect(refusalOf(await approveRestore(desk.db, scene.approver, { ticketId, digest: 'an older one' }))).toBe(
    'R6 preview_changed',
  )
  taken(await claimTicket(desk.db, scene.agent, { ticketId }))
  const row = await ticketRow(desk.db, ticketId)
  expect(replayLog(await logOf(ticketId))).toEqual(lifeOf(row))
  expect(row.assigneeId).toBe(scene.agent.userId)
})

describe('I12 row, log entry and jobs', () => {
  test('are not there when the transaction fails at its very end', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const before = {
      row: await ticketRow(desk.db, ticketId),
      log: await logOf(ticketId),
      jobs: await jobsOf(desk.owner, ticketId),
    }
    await desk.owner.unsafe(
      `create function fail() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$`,
    )
    await desk.owner.unsafe('create trigger fail before insert on mail_outbox for each row execute function fail()')
    await expect(cancelTicket(desk.db, scene.owner, { ticketId })).rejects.toThrow()
    await desk.owner.unsafe('drop function fail cascade')
    expect({
      row: await ticketRow(desk.db, ticketId),
      log: await logOf(ticketId),
      jobs: await jobsOf(desk.owner, ticketId),
    }).toEqual(before)
    expect(taken(await cancelTicket(desk.db, scene.owner, { ticketId })).state).toBe('cancelled')
  })

  test('timers are jobs of the same commit, with a key each; those of a state that was left are gone', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const timers = async () =>
      (await jobsOf(desk.owner, ticketId)).filter(({ task }) => task === 'ticketTimer').map(({ payload }) => payload.timer)
    expect(await timers()).toEqual([
      'ownerReminder1',
      'ownerReminder2',
      'ownerExpiry',
      'holdWarning24',
      'holdWarning6',
      'holdWarning1',
      'holdEnd',
    ])
    await cancelTicket(desk.db, scene.owner, { ticketId })
    expect(await timers()).toEqual([])
  })

  test('a refusal is in the log, raises no version and changes nothing', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const before = await ticketRow(desk.db, ticketId)
    await approveRestore(desk.db, scene.approver, { ticketId, digest: 'an older one' })
    expect(await ticketRow(desk.db, ticketId)).toEqual(before)
    expect((await logOf(ticketId)).at(-1)).toMatchObject({
      version: before.version,
      refusal: { code: 'preview_changed', rule: 'R6' },
    })
  })
})

describe('I7 the same idempotency key', () => {
  test('S45 a double click approves once, and fifty equal calls get fifty equal answers', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const call = () => approveRestore(desk.db, scene.approver, { ticketId, digest: digestOf(scene), idempotencyKey: 'click-1' })
    const answers = await Promise.all(Array.from({ length: 50 }, call))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(taken(answers[0] ?? null).state).toBe('scheduled')
    expect((await logOf(ticketId)).filter(({ event }) => event.type === 'APPROVE_RESTORE')).toHaveLength(1)
  })

  test('gives the first answer for ever, also when it was a no and the reason is gone', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const early = () => approveRestore(desk.db, scene.approver, { ticketId, digest: digestOf(scene), idempotencyKey: 'early' })
    const first = await early()
    expect(refusalOf(first)).toBe('not_now')
    expect(await early()).toEqual(first)
  })

  test('with another body is refused; of another person it is another key', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    taken(await reply(desk.db, scene.requester, { ticketId, body: 'one', idempotencyKey: 'k' }))
    expect(refusalOf(await reply(desk.db, scene.requester, { ticketId, body: 'two', idempotencyKey: 'k' }))).toBe(
      'idempotency_key_reused',
    )
    taken(await reply(desk.db, scene.owner, { ticketId, body: 'three', idempotencyKey: 'k' }))
  })
})

describe('two at the same time', () => {
  test('S43 the expected version decides: the loser sees who moved what', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const { version } = await ticketRow(desk.db, ticketId)
    const both = await Promise.all(
      [scene.agent, scene.agent2].map((agent) => claimTicket(desk.db, agent, { ticketId, expectedVersion: version })),
    )
    const lost = both.find((answer) => !answer.ok)
    const { assigneeId } = await ticketRow(desk.db, ticketId)
    expect(both.filter((answer) => answer.ok)).toHaveLength(1)
    expect(lost?.ok === false && lost.refusal).toMatchObject({
      code: 'version_conflict',
      facts: { expected: version, actual: version + 1, since: [{ event: 'CLAIM_TICKET', userId: assigneeId }] },
    })
  })

  test('S44 approve and cancel together: one wins, the other is told why', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const [cancelled, approved] = await Promise.all([
      cancelTicket(desk.db, scene.owner, { ticketId }),
      approveRestore(desk.db, scene.approver, { ticketId, digest: digestOf(scene) }),
    ])
    const { state } = await ticketRow(desk.db, ticketId)
    // A cancel that comes second still finds a ticket it can cancel; an approval that comes second finds none.
    expect(cancelled.ok).toBe(true)
    expect(state).toBe('cancelled')
    if (!approved.ok) {
      expect(approved.refusal).toMatchObject({
        code: 'not_now',
        facts: { state: 'cancelled', last: { event: 'CANCEL_TICKET', userId: scene.owner.userId } },
      })
    }
    expect((await logOf(ticketId)).filter(({ event }) => event.type === 'APPROVE_RESTORE')).toHaveLength(approved.ok ? 1 : 0)
  })

  test('S46 a page that was open for hours gets the difference, not a lost action', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const { version } = await ticketRow(desk.db, ticketId)
    taken(await claimTicket(desk.db, scene.agent, { ticketId }))
    taken(await addNote(desk.db, scene.agent, { ticketId, body: 'called them' }))
    const late = await reply(desk.db, scene.agent2, { ticketId, body: 'Hello', expectedVersion: version })
    expect(late.ok === false && late.refusal.facts.since).toMatchObject([{ event: 'CLAIM_TICKET' }, { event: 'ADD_NOTE' }])
  })
})

describe('I13 every deadline is judged on the database’s clock', () => {
  test('S91 a timer that rings before its time by that clock is not believed, whatever the worker’s own clock says', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'verifyingOwner')
    const due = await timerDue(desk.db, ticketId, 'ownerExpiry')
    await expect(fireTimer(desk.db, { ticketId, timer: 'ownerExpiry', due }, paid)).rejects.toThrow('too_early')
    expect((await ticketRow(desk.db, ticketId)).state).toBe('verifyingOwner')
  })

  test('a timer that was moved or stopped meanwhile does nothing', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'verifyingOwner')
    const old = { ticketId, timer: 'ownerExpiry' as const, due: '2020-01-01T00:00:00.000Z' }
    const answer = await fireTimer(desk.db, old, paid)
    expect(answer?.ok === false && answer.refusal.code).toBe('timer_outdated')
  })
})

describe('I8 no one sees another portal’s ticket', () => {
  test('through the door it is as if it did not exist, for every event and also for its own requester once deactivated', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const stranger = (await makeScene(desk.db)).owner
    expect(refusalOf(await cancelTicket(desk.db, stranger, { ticketId }))).toBe('not_found')
    expect(refusalOf(await reply(desk.db, stranger, { ticketId, body: 'hello' }))).toBe('not_found')
    await desk.owner`update portal_people set deactivated_at = now() where user_id = ${scene.requester.userId}`
    expect(refusalOf(await cancelTicket(desk.db, scene.requester, { ticketId }))).toBe('not_found')
  })

  test('and under the reads, row-level security hides it from a query that forgets to ask', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    await addNote(desk.db, scene.agent, { ticketId, body: 'between us' })
    const stranger = person(await makeUser(desk.db))
    const count = (who: typeof stranger, table: string) =>
      scoped(desk.db, actorKey(who), (tx) =>
        tx.execute<{ n: number }>(sql`select count(*)::int as n from ${sql.identifier(table)} where ticket_id = ${ticketId}`),
      )
    expect((await count(stranger, 'log_entries'))[0]?.n).toBe(0)
    expect((await count(scene.owner, 'log_entries'))[0]?.n).toBe(3)
    expect((await count(scene.owner, 'messages'))[0]?.n).toBe(0)
    expect((await count(scene.agent, 'messages'))[0]?.n).toBe(1)
    expect(JSON.stringify(await logOf(ticketId))).not.toContain('between us')
  })
})

test('I14 a reply that says yes is a reply: nothing but the owner’s own consent moves the ticket', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
  expect(taken(await reply(desk.db, scene.owner, { ticketId, body: 'Yes, I consent.' })).state).toBe('verifyingOwner')
})

test('I15 a run that is no longer the ticket’s own can tell it nothing', async () => {
  const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'restoring')
  const event = { type: 'RUN_FAILED', runId: crypto.randomUUID(), kind: 'error', detail: '' } as const
  const answer = await dispatch(desk.db, systemActor('worker'), { ticketId, event })
  expect(refusalOf(answer)).toBe('run_outdated')
  expect((await ticketRow(desk.db, ticketId)).state).toBe('restoring')
})

test('a right that was withdrawn between page and click is gone', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
  await desk.owner`update users set desk_roles = '{agent}' where id = ${scene.approver.userId}`
  expect(refusalOf(await approveRestore(desk.db, scene.approver, { ticketId, digest: digestOf(scene) }))).toBe('not_allowed')
})

test('the open ticket of a portal is one by constraint too (S39)', async () => {
  const scene = await makeScene(desk.db)
  const row = await ticketRow(desk.db, await ticketIn(desk.db, scene, 'verifyingOwner'))
  const { id: _, number: __, ...copy } = row
  await expect(scoped(desk.db, 'system', (tx) => tx.insert(tickets).values(copy))).rejects.toThrow()
})
