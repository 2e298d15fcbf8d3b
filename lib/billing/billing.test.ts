import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { planPort } from './plan-port.ts'
import { type BillingEvent, billingEventTypes } from './port.ts'
import { receiveBillingEvent } from './receive-billing-event.ts'
import { reconcileBilling } from './reconcile-billing.ts'
import { setPlanByHand } from './set-plan-by-hand.ts'
import { demoHookKey, isGenuine, sign } from './signature.ts'

const key = demoHookKey('a secret for tests that is long enough')
const settings = { demo: true, appUrl: 'https://desk.example' }

let desk: TestDatabase
let portalId: string
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  await desk.owner`truncate users, datastores, portals, tickets, billing_accounts, billing_events cascade`
  await desk.owner`delete from graphile_worker._private_jobs`
  await desk.owner`insert into datastores (name, admin_url, system_identifier) values ('eu-1', 'postgres://x', '1')`
  portalId = await aPortal('bolt')
})

test('S17 R7 a confirmed payment has the waiting ticket looked at again by itself', async () => {
  const ticketId = await aTicket(portalId, 'awaitingUpgrade')
  await aTicket(await aPortal('acme'), 'awaitingUpgrade')
  expect(await planOf()).toMatchObject({ plan: 'free', paid: false })
  expect(await deliver(paid())).toEqual({ ok: true, recorded: { outcome: 'applied', ticketsMoved: 1 } })
  expect(await planOf()).toMatchObject({ plan: 'pro', paid: true })
  expect(await jobs()).toEqual([`ticket:${ticketId}:plan`])
})

test('S23 an event that comes twice, or fifty times at once, counts once', async () => {
  await aTicket(portalId, 'awaitingUpgrade')
  const event = paid()
  const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(event)))
  const outcomes = answers.map((answer) => answer.ok && answer.recorded.outcome)
  expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(49)
  expect(await desk.owner`select outcome, tickets_moved from billing_events`).toEqual([{ outcome: 'applied', tickets_moved: 1 }])
})

test('S23 events out of order: what became so last stays, and every event is kept', async () => {
  const downgrade = event({ type: 'plan_downgraded', plan: 'free', paid: false, occurredAt: '2026-11-24T12:00:00.000Z' })
  const payment = event({ type: 'payment_succeeded', plan: 'pro', paid: true, occurredAt: '2026-11-24T11:00:00.000Z' })
  expect(await deliver(downgrade)).toMatchObject({ recorded: { outcome: 'applied' } })
  expect(await deliver(payment)).toMatchObject({ recorded: { outcome: 'stale', ticketsMoved: 0 } })
  expect(await planOf()).toMatchObject({ plan: 'free', paid: false })
  expect(await desk.owner`select count(*)::int as kept from billing_events`).toEqual([{ kept: 2 }])
})

test('S23 a lost event is made up for by the nightly reconciliation, and by the button “check again”', async () => {
  const waiting = await aTicket(portalId, 'awaitingUpgrade')
  const closed = await aPortal('corax')
  await aTicket(closed, 'closed')
  await desk.owner`insert into billing_accounts (portal_id, provider, plan, paid, as_of) values (${portalId}, 'demo', 'pro', true, now())`
  expect(await reconcileBilling(desk.db, planPort(desk.db, settings))).toEqual({ asked: 1, ticketsMoved: 1 })
  expect(await jobs()).toEqual([`ticket:${waiting}:plan`])
  expect(await desk.owner`select plan from portals where id = ${portalId}`).toEqual([{ plan: 'pro' }])
})

test.each(['awaitingApproval', 'scheduled', 'restoring', 'restored'])(
  'S20 S21 a charge-back or downgrade reaches a ticket that is %s',
  async (state) => {
    const ticketId = await aTicket(portalId, state)
    await deliver(paid('2026-11-24T11:00:00.000Z'))
    await desk.owner`delete from graphile_worker._private_jobs`
    const chargeBack = event({ type: 'charge_back', plan: 'free', paid: false, occurredAt: '2026-11-24T12:00:00.000Z' })
    expect(await deliver(chargeBack)).toMatchObject({ recorded: { outcome: 'applied', ticketsMoved: 1 } })
    expect(await jobs()).toEqual([`ticket:${ticketId}:plan`])
    expect(await planOf()).toMatchObject({ paid: false })
  },
)

test('S20 a card that fails leaves the plan as it was, and the ticket is told so', async () => {
  await aTicket(portalId, 'awaitingUpgrade')
  const failed = event({ type: 'payment_failed', plan: 'free', paid: false })
  expect(await deliver(failed)).toMatchObject({ recorded: { outcome: 'applied', ticketsMoved: 1 } })
  expect(await planOf()).toMatchObject({ plan: 'free', paid: false })
})

test('S23 an event about a portal nobody knows is kept, once, and moves nothing', async () => {
  const stranger = event({ ...paid(), id: 'evt_stranger', portalId: crypto.randomUUID() })
  expect(await deliver(stranger)).toEqual({ ok: true, recorded: { outcome: 'ignored', ticketsMoved: 0 } })
  expect(await deliver(stranger)).toEqual({ ok: true, recorded: { outcome: 'duplicate', ticketsMoved: 0 } })
})

test('a signature that is missing, of another key, of another body, id or time, or too old, is refused', async () => {
  const body = JSON.stringify(paid())
  const id = 'evt_1'
  const now = await databaseSeconds()
  const good = sign(key, { id, timestamp: String(now), body })
  const forged = [
    { id, timestamp: String(now), body, signature: '' },
    { id, timestamp: String(now), body, signature: sign(demoHookKey('another'), { id, timestamp: String(now), body }) },
    { id, timestamp: String(now), body: `${body} `, signature: good },
    { id: 'evt_2', timestamp: String(now), body, signature: good },
    { id, timestamp: String(now + 1), body, signature: good },
    { id, timestamp: 'NaN', body, signature: sign(key, { id, timestamp: 'NaN', body }) },
    ...[-301, 301].map((seconds) => {
      const timestamp = String(now + seconds)
      return { id, timestamp, body, signature: sign(key, { id, timestamp, body }) }
    }),
  ]
  for (const signed of forged)
    expect(await receiveBillingEvent(desk.db, 'demo', key, signed)).toEqual({ ok: false, reason: 'bad_signature' })
  expect(await desk.owner`select 1 from billing_events`).toHaveLength(0)
  expect(isGenuine(key, { id, timestamp: String(now), body, signature: `v1,old ${good}` }, now * 1000)).toBe(true)
})

test.each([
  ['no JSON', 'no json'],
  ['null', 'null'],
  ['a list', '[]'],
  ['no portal', JSON.stringify({ id: 'evt_1', type: 'payment_succeeded' })],
  ['100 levels', `${'['.repeat(100)}${']'.repeat(100)}`],
  ['__proto__', '{"__proto__":{"id":"evt_1"}}'],
])('S117 a signed body that is no event (%s) is malformed, and nothing is done', async (_what, body) => {
  expect(await deliverRaw('evt_1', body)).toEqual({ ok: false, reason: 'malformed' })
  expect(await desk.owner`select 1 from billing_events`).toHaveLength(0)
})

test('an event under another’s id is malformed: a replayed body cannot count again', async () => {
  expect(await deliverRaw('evt_other', JSON.stringify(paid()))).toEqual({ ok: false, reason: 'malformed' })
})

test('plans by hand: an admin and the operator may, an agent may not', async () => {
  const input = { portalId, plan: 'pro', paid: true }
  const agent = signedIn(crypto.randomUUID(), ['agent'])
  expect(await setPlanByHand(desk.db, agent, input)).toMatchObject({ ok: false, refusal: { code: 'not_allowed' } })
  expect(await setPlanByHand(desk.db, signedIn(crypto.randomUUID(), ['admin']), input)).toMatchObject({
    ok: true,
    recorded: { outcome: 'applied' },
  })
  expect(await setPlanByHand(desk.db, systemActor('operator'), { ...input, plan: 'free', paid: false })).toMatchObject({
    ok: true,
  })
  expect(await planOf()).toMatchObject({ plan: 'free', paid: false })
})

test('the demo offers an upgrade with its price and where to pay; by hand nothing can be bought', async () => {
  const offer = await planPort(desk.db, settings).upgradeOffer({ portalId, ticketNumber: 1003 })
  expect(offer).toEqual({
    plan: 'pro',
    price: { amount: 4900, currency: 'EUR', per: 'month' },
    checkoutUrl: `https://desk.example/demo/pay?portal=${portalId}&ticket=1003`,
  })
  expect(await planPort(desk.db, { ...settings, demo: false }).upgradeOffer({ portalId, ticketNumber: 1003 })).toBeNull()
})

const planOf = () => planPort(desk.db, settings).planOf(portalId)
const event = (some: Partial<BillingEvent>): BillingEvent => ({
  id: `evt_${crypto.randomUUID()}`,
  type: billingEventTypes[0],
  portalId,
  plan: 'pro',
  paid: true,
  occurredAt: '2026-11-24T12:00:00.000Z',
  ...some,
})
const paid = (occurredAt = '2026-11-24T12:00:00.000Z') => event({ id: `evt_${occurredAt}`, occurredAt })

const deliver = (it: BillingEvent) => deliverRaw(it.id, JSON.stringify(it))
async function deliverRaw(id: string, body: string) {
  const timestamp = String(await databaseSeconds())
  return receiveBillingEvent(desk.db, 'demo', key, { id, timestamp, body, signature: sign(key, { id, timestamp, body }) })
}

async function databaseSeconds(): Promise<number> {
  const [clock] = await desk.owner<{ seconds: number }[]>`select extract(epoch from now())::int as seconds`
  return clock?.seconds ?? 0
}

const jobs = async () =>
  (await desk.owner<{ key: string }[]>`select key from graphile_worker.jobs order by key`).map((job) => job.key)

async function aPortal(externalId: string): Promise<string> {
  const [portal] = await desk.owner<{ id: string }[]>`
    insert into portals (external_id, name, edition, plan, datastore_id, database_name)
    select ${externalId}, ${externalId}, 'cloud', 'free', id, ${externalId} from datastores returning id`
  return portal?.id ?? ''
}

/** Only what billing looks at: the portal and the state. */
async function aTicket(portal: string, state: string): Promise<string> {
  const [ticket] = await desk.owner.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    return tx<{ id: string }[]>`
      insert into tickets (portal_id, scope, snapshot_id, preview_id, requester_id, subject, reason, state, machine_state, machine_version, policy_version, turn)
      values (${portal}, 'crm', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 's', 'r', ${state}, '{}', 1, 1, 'owner') returning id`
  })
  return ticket?.id ?? ''
}
