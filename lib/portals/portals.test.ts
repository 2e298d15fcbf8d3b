import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, emptyDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { listWith } from '#db/testing/matchers.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { findPortalId, listPortals } from './list-portals.ts'
import { readMyPortals } from './read-my-portals.ts'
import { readPortalPeople } from './read-portal-people.ts'
import { registerPortal, registerPortalInput } from './register-portal.ts'
import { transferOwnership } from './transfer-ownership.ts'

const operator = systemActor('operator')
let desk: TestDatabase
let database: Awaited<ReturnType<typeof emptyDatabase>>
beforeAll(async () => {
  desk = await cloneDatabase()
  database = await emptyDatabase('northwind')
  const client = postgres(database.url, { max: 1, onnotice: () => undefined })
  await client`create schema crm`
  await client`create table crm.customers (id int primary key)`
  await client.end()
})
afterAll(async () => {
  await desk.drop()
  await database.drop()
})
beforeEach(async () => {
  await desk.owner`truncate users, datastores, portals, ownerships, portal_people, tickets cascade`
  await desk.owner`delete from graphile_worker._private_jobs`
})

test('an existing database becomes a portal, with its datastore, owner and plan', async () => {
  const answer = await register()
  expect(answer).toMatchObject({ ok: true, externalId: 'northwind-zolc' })
  const [listed] = await listPortals(desk.db, operator)
  expect(listed).toMatchObject({ externalId: 'northwind-zolc', name: 'Northwind Żółć', plan: 'business', edition: 'cloud' })
  expect(new URL(listed?.databaseUrl ?? '').pathname).toBe(`/${database.name}`)
  expect(await desk.owner`select u.email from ownerships o join users u on u.id = o.user_id where o.to_at is null`).toEqual([
    { email: 'owner@northwind.example' },
  ])
  expect(await findPortalId(desk.db, operator, 'northwind-zolc')).toBe(listed?.portalId)
  expect(await findPortalId(desk.db, operator, listed?.portalId ?? '')).toBe(listed?.portalId)
  expect(await findPortalId(desk.db, operator, 'nobody')).toBeNull()
})

test('the owner is the person of that address, whatever its capitals; the same database is not registered twice', async () => {
  const [known] = await desk.owner`insert into users (email, name) values ('Owner@Northwind.example', 'Nora') returning id`
  await register()
  expect(await desk.owner`select user_id as id from ownerships`).toEqual([known])
  expect(await register()).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_input', facts: { problem: 'it is the database of northwind-zolc' } },
  })
})

test('S106 the desk’s own database is recognised and refused, under another host name too', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const url = new URL(desk.url)
    url.hostname = host
    expect(await register({ databaseUrl: url.href })).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_input', facts: { codes: listWith(['own_database']) } },
    })
  }
  expect(await desk.owner`select 1 from portals`).toHaveLength(0)
})

test('a database that cannot be reached, or is not there, is refused with the reason, and nothing is written', async () => {
  const away = new URL(database.url)
  away.port = '1'
  const missing = new URL(database.url)
  missing.pathname = '/not_there'
  for (const url of [away, missing])
    expect(await register({ databaseUrl: url.href })).toMatchObject({ ok: false, refusal: { code: 'invalid_input' } })
  expect(await desk.owner`select 1 from datastores union all select 1 from users`).toHaveLength(0)
})

test('one server is one datastore, and names that look alike get a number', async () => {
  const other = await emptyDatabase('northwind')
  await register({ name: 'North Wind' })
  expect(await register({ name: 'north  wind!', databaseUrl: other.url })).toMatchObject({ externalId: 'north-wind-2' })
  expect(await desk.owner`select count(*)::int as stores from datastores`).toEqual([{ stores: 1 }])
  await other.drop()
})

test('a portal without anything that belongs to the CRM is refused', async () => {
  expect(await register({ crmSchemas: [] })).toMatchObject({ ok: false, refusal: { facts: { field: 'crmSchemas' } } })
})

test('S6 a transfer keeps the history, makes the old owner an admin, and has the tickets told in the same commit', async () => {
  const portalId = await registered()
  const newOwnerId = await aPerson('new@northwind.example')
  const input = { portalId, newOwner: 'New@northwind.example', evidence: 'Extract of the register' }
  expect(await transferOwnership(desk.db, systemActor('directory'), input)).toMatchObject({ ok: true })
  expect(await desk.owner`select key from graphile_worker.jobs`).toEqual([{ key: `changeOwner:${portalId}` }])
  expect(await desk.owner`select user_id, evidence from ownerships where to_at is null`).toEqual([
    { user_id: newOwnerId, evidence: 'Extract of the register' },
  ])
  expect(await desk.owner`select count(*)::int as owners from ownerships`).toEqual([{ owners: 2 }])
  expect(await desk.owner`select u.email, relation from portal_people p join users u on u.id = p.user_id`).toEqual([
    { email: 'owner@northwind.example', relation: 'admin' },
  ])
  expect(await transferOwnership(desk.db, systemActor('directory'), input)).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_input' },
  })
})

test('S6 nobody who is signed in transfers a portal, not even an admin', async () => {
  const portalId = await registered()
  const input = { portalId, newOwner: 'new@northwind.example', evidence: 'because' }
  const admin = signedIn(await aPerson('admin@halyard.example'), ['admin'])
  expect(await transferOwnership(desk.db, admin, input)).toMatchObject({
    refusal: { code: 'not_allowed' },
  })
})

test('I8 people see their own portals and their people, and nothing of another’s', async () => {
  const portalId = await registered()
  const member = signedIn(await aPerson('member@northwind.example'))
  const stranger = signedIn(await aPerson('eve@evil.example'))
  await desk.owner`insert into portal_people (portal_id, user_id, relation) values (${portalId}, ${member.userId}, 'member')`
  expect(await readMyPortals(desk.db, member)).toMatchObject([{ externalId: 'northwind-zolc', relation: 'member' }])
  expect((await readPortalPeople(desk.db, member, portalId)).map((it) => it.relation)).toEqual(['owner', 'member'])
  expect(await readMyPortals(desk.db, stranger)).toEqual([])
  expect(await readPortalPeople(desk.db, stranger, portalId)).toEqual([])
  await desk.owner`update portal_people set deactivated_at = now()`
  expect(await readMyPortals(desk.db, member)).toEqual([])
})

function register(some: Record<string, unknown> = {}) {
  const input = {
    name: 'Northwind Żółć',
    databaseUrl: database.url,
    owner: 'owner@northwind.example',
    crmSchemas: ['crm'],
    ...some,
  }
  return registerPortal(desk.db, operator, registerPortalInput.parse(input))
}

async function registered(): Promise<string> {
  const answer = await register()
  if (!answer.ok) throw new Error(JSON.stringify(answer.refusal))
  return answer.portalId
}

async function aPerson(email: string): Promise<string> {
  const [user] = await desk.owner<{ id: string }[]>`insert into users (email, name) values (${email}, ${email}) returning id`
  return user?.id ?? ''
}
