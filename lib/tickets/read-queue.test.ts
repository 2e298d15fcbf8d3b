import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, drizzleOver } from '#db/client.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal, makeTicketRow, makeUser } from '#db/testing/factories.ts'
import type { Person } from '#lib/domain/actor.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { countsAtMost, queueQuerySchema, readQueue } from './read-queue.ts'

let desk: TestDatabase
let agent: Person
beforeAll(async () => {
  desk = await cloneDatabase()
  agent = signedIn((await makeUser(desk.db, { name: 'Ada Agent', deskRoles: ['agent'] })).id, ['agent'])
})
afterAll(() => desk.drop())

const query = (input: Record<string, unknown> = {}) => queueQuerySchema.parse(input)
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000)

test('what dies first comes first, what cannot die comes last, and each page turns without losing or repeating a row', async () => {
  const { portal, owner } = await makePortal(desk.db, { name: 'Ordered' })
  const of = { portalId: portal.id, requesterId: owner.id }
  await makeTicketRow(desk.db, of, { subject: 'dies never', state: 'restored', lethalAt: null })
  await makeTicketRow(desk.db, of, { subject: 'dies late', state: 'restored', lethalAt: inHours(50) })
  await makeTicketRow(desk.db, of, { subject: 'dies first', lethalAt: inHours(1) })
  for (let i = 0; i < 70; i++) await makeTicketRow(desk.db, of, { state: 'restored', lethalAt: inHours(20) })

  const first = await readQueue(desk.db, agent, query())
  const second = await readQueue(desk.db, agent, query({ cursor: first?.nextCursor }))
  const all = [...(first?.rows ?? []), ...(second?.rows ?? [])]
  expect(first?.rows).toHaveLength(50)
  expect(second?.nextCursor).toBeNull()
  expect(new Set(all.map((row) => row.number)).size).toBe(73)
  expect(all[0]?.subject).toBe('dies first')
  expect(all.at(-2)?.subject).toBe('dies late')
  expect(all.at(-1)?.subject).toBe('dies never')
  expect(first?.counts.all).toBe(73)
  expect(first?.counts.owner).toBe(1)
})

test('the way back shows the pages one came from; when they have shrunk meanwhile, the first page', async () => {
  const first = await readQueue(desk.db, agent, query())
  const second = await readQueue(desk.db, agent, query({ cursor: first?.nextCursor }))
  const back = await readQueue(desk.db, agent, query({ cursor: second?.previousCursor }))
  expect(first?.previousCursor).toBeNull()
  expect(back?.rows).toEqual(first?.rows)
  expect(back?.previousCursor).toBeNull()
  expect(back?.nextCursor).toBe(first?.nextCursor)

  const leader = first?.rows[0]?.id ?? ''
  await desk.owner`update tickets set state = 'closed' where id = ${leader}`
  const shrunk = await readQueue(desk.db, agent, query({ cursor: second?.previousCursor }))
  expect(shrunk?.rows).toHaveLength(50)
  expect(shrunk?.rows[0]?.number).toBe(first?.rows[1]?.number)
  await desk.owner`update tickets set state = 'verifyingOwner' where id = ${leader}`
})

test('what has ended turns its pages both ways too, the newest first', async () => {
  const { portal, owner } = await makePortal(desk.db, { name: 'Ended' })
  for (let i = 0; i < 60; i++) await makeTicketRow(desk.db, { portalId: portal.id, requesterId: owner.id }, { state: 'closed' })
  const ended = { view: 'closed', q: 'Ended' }
  const first = await readQueue(desk.db, agent, query(ended))
  const second = await readQueue(desk.db, agent, query({ ...ended, cursor: first?.nextCursor }))
  expect([first?.rows.length, second?.rows.length]).toEqual([50, 10])
  expect(first?.rows[0]?.number).toBeGreaterThan(second?.rows[0]?.number ?? Number.POSITIVE_INFINITY)
  expect((await readQueue(desk.db, agent, query({ ...ended, cursor: second?.previousCursor })))?.rows).toEqual(first?.rows)
})

test('a view counts what it would show: under this search, in this scope; what waits and what runs are two views', async () => {
  const { portal, owner } = await makePortal(desk.db, { name: 'Counted' })
  const elsewhere = await makePortal(desk.db, { name: 'Elsewhere' })
  const of = { portalId: portal.id, requesterId: owner.id }
  await makeTicketRow(desk.db, of, { state: 'scheduled', scope: 'full', subject: 'walnut table' })
  await makeTicketRow(desk.db, of, { state: 'closed', subject: 'walnut chair' })
  await makeTicketRow(
    desk.db,
    { portalId: elsewhere.portal.id, requesterId: elsewhere.owner.id },
    { state: 'restoring', subject: 'walnut shelf' },
  )
  const counts = async (input: Record<string, unknown>) => {
    const { all, scheduled, running, closed } = (await readQueue(desk.db, agent, query(input)))?.counts ?? {}
    return { all, scheduled, running, closed }
  }
  expect(await counts({ q: 'walnut' })).toEqual({ all: 2, scheduled: 1, running: 1, closed: 1 })
  expect(await counts({ q: 'walnut', scope: 'full' })).toEqual({ all: 1, scheduled: 1, running: 0, closed: 0 })
  expect(await counts({ q: 'Counted' })).toEqual({ all: 1, scheduled: 1, running: 0, closed: 1 })
  expect(await counts({ q: 'walnut', view: 'closed' })).toEqual(await counts({ q: 'walnut' }))
})

test('I8 a customer has no queue, whatever is asked', async () => {
  expect(await readQueue(desk.db, signedIn((await makeUser(desk.db)).id), query())).toBeNull()
})

test('found by number, by words of the subject, by part of the portal name; wildcards are plain characters', async () => {
  const { portal, owner } = await makePortal(desk.db, { name: '100% Oak_Wood' })
  const ticket = await makeTicketRow(
    desk.db,
    { portalId: portal.id, requesterId: owner.id },
    { subject: 'Quarterly invoices vanished' },
  )
  const numbers = async (q: string) => (await readQueue(desk.db, agent, query({ q })))?.rows.map((row) => row.number)
  expect(await numbers(`#${ticket.number}`)).toEqual([ticket.number])
  expect(await numbers('invoices')).toEqual([ticket.number])
  expect(await numbers('0% oak_w')).toEqual([ticket.number])
  expect(await numbers('%oak')).toEqual([])
  expect(await numbers('"; drop table tickets; --')).toEqual([])
})

test('S115 a forged or foreign cursor shows the first page', async () => {
  const foreign = Buffer.from(JSON.stringify({ view: 'failed', way: 'after', at: 'infinity', number: 1 })).toString('base64url')
  const first = await readQueue(desk.db, agent, query())
  for (const cursor of ['x', 'bm9wZQ', foreign])
    expect((await readQueue(desk.db, agent, query({ cursor })))?.rows).toEqual(first?.rows)
  expect(query({ view: 'no such view', q: 'x'.repeat(500), scope: 'planet' })).toEqual({
    view: 'all',
    q: '',
    scope: undefined,
    cursor: undefined,
  })
})

test('with 60,000 tickets every view is read from an index that ends at the page, and no count goes past its cap', async () => {
  const { portal, owner } = await makePortal(desk.db, { name: 'Large' })
  const seed = await makeTicketRow(desk.db, { portalId: portal.id, requesterId: owner.id }, { state: 'closed' })
  await desk.owner.unsafe(`insert into tickets (portal_id, scope, snapshot_id, preview_id, requester_id, subject, reason, state, machine_state, machine_version, policy_version, turn, lethal_at)
    select portal_id, scope, snapshot_id, preview_id, requester_id, 'old '||g, reason, case when g % 50 = 0 then 'restored' else 'closed' end, machine_state, 1, 1, 'nobody', now() + g * interval '1 second'
    from tickets, generate_series(1, 60000) g where id = '${seed.id}'`)
  await desk.owner.unsafe('analyze tickets')
  const { queue, rowsRead } = await readCounted(query())
  expect(queue?.counts.all).toBe(countsAtMost)
  expect(rowsRead, 'what has ended is not gone through').toBeLessThan(2_000)
  const plan = await desk.db.execute<{ 'QUERY PLAN': string }>(
    sql`explain select number from tickets where ${sql.raw(`"tickets"."state" not in ('closed','rejected','cancelled','expired','undone')`)} order by coalesce(lethal_at, 'infinity'), number limit 51`,
  )
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('tickets_live_lethal')
})

/** The queue, and how many tickets the server went through for it: by its own statistics, on the one connection that is asked to tell them at once. */
async function readCounted(asked: ReturnType<typeof query>) {
  const session = connect(desk.url, 1)
  const gone = async () => {
    await session`select pg_stat_force_next_flush()`
    const [row] = await session<
      { rows: number }[]
    >`select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_user_tables where relname = 'tickets'`
    return row?.rows ?? Number.NaN
  }
  try {
    const before = await gone()
    const queue = await readQueue(drizzleOver(session), agent, asked)
    return { queue, rowsRead: (await gone()) - before }
  } finally {
    await session.end()
  }
}
