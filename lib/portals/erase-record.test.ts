import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { erasures } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { acquireLease, releaseLease } from '#lib/snapshots/lease.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { eraseRecord, eraseRecordInput, listErasures } from './erase-record.ts'
import { operator, type RegisteredPortal, registeredPortal } from './testing/registered-portal.ts'

let desk: TestDatabase
let portal: RegisteredPortal
let portalId: string

beforeAll(async () => {
  portal = await registeredPortal(
    `create schema crm;
    create table crm.contacts (id int primary key, name text);
    create table crm.badges (code varchar(4) primary key, number uuid unique);
    create table crm.visits (contact int, day date, primary key (contact, day)) partition by range (day);
    create table crm.visits_all partition of crm.visits for values from (minvalue) to (maxvalue);
    create table crm.notes (words text);
    insert into crm.contacts values (42, 'Bob')`,
    'crm',
  )
  desk = portal.desk
  portalId = portal.portalId
})

afterAll(() => portal.drop())

const erase = (table: string, key: Record<string, string>, reason = 'GDPR-17') =>
  eraseRecord(desk.db, operator, eraseRecordInput.parse({ portalId, table: { schema: 'crm', name: table }, key, reason }))
const protectionNow = async () => (await scoped(desk.db, 'system', (tx) => portalAtHand(tx, portalId)))?.ref.protection

test('S66 an erased record is written down once, as its columns spell it, and whoever restores is told of it', async () => {
  expect(await protectionNow()).toEqual({ tables: [], columns: [] })
  const first = { ok: true, record: { schema: 'crm', table: 'contacts', key: { id: '42' }, known: false, present: true } }
  expect(await erase('contacts', { id: '042' })).toMatchObject(first)
  expect(await erase('contacts', { id: '42' }, 'again')).toMatchObject({ record: { known: true, reason: 'GDPR-17' } })
  expect(await erase('contacts', { id: '7' })).toMatchObject({ record: { present: false } })
  expect(await erase('visits', { day: '5 May 2026', contact: '42' })).toMatchObject({
    record: { key: { day: '2026-05-05', contact: '42' }, present: false },
  })
  // Longer than any such code: nobody's, and never somebody else's whose code it begins with.
  expect(await erase('badges', { code: 'ABCDE' })).toMatchObject({ record: { key: { code: 'ABCDE' } } })
  expect(await listErasures(desk.db, operator, portalId)).toMatchObject([
    { table: 'contacts', key: { id: '42' }, recordedBy: 'operator' },
    { table: 'contacts', key: { id: '7' } },
    { table: 'visits' },
    { table: 'badges' },
  ])
  const erased = (await protectionNow())?.erased ?? []
  const lines = erased.flatMap(({ table, columns, keys }) => keys.map((key) => `${table.schema}.${table.name} ${columns} ${key}`))
  expect(lines.sort()).toEqual([
    'crm.badges code ABCDE',
    'crm.contacts id 42',
    'crm.contacts id 7',
    'crm.visits contact,day 42,2026-05-05',
  ])
})

test.each<[string, string, Record<string, string>, string, string]>([
  ['a table that is not there', 'contact', { id: '1' }, 'table', 'there is no table crm.contact'],
  ['a part of a table', 'visits_all', { contact: '1', day: '2026-01-01' }, 'table', 'is a part of crm.visits'],
  ['a table without a key', 'notes', { words: 'x' }, 'table', 'has no key'],
  ['a column that is not the key', 'contacts', { name: 'Bob' }, 'key', 'the key of crm.contacts is id'],
  ['half of a key', 'visits', { contact: '1' }, 'key', 'the key of crm.visits is contact and day'],
  ['more than the key', 'contacts', { id: '1', name: 'Bob' }, 'key', 'the key of crm.contacts is id'],
  ['a value of another type', 'contacts', { id: 'Bob' }, 'key', 'id: invalid input syntax'],
  ['a value beyond its type', 'contacts', { id: '99999999999' }, 'key', 'id: value'],
])('S66 nobody is known by %s: refused by name, and not written down', async (_, table, key, field, problem) => {
  const before = await listErasures(desk.db, operator, portalId)
  expect(await erase(table, key)).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_input', facts: { field, problem: textWith(problem) } },
  })
  expect(await listErasures(desk.db, operator, portalId)).toEqual(before)
})

test('S66 while a restore is at work nothing is recorded that it would not know of; a capture stands in nobody’s way', async () => {
  const work = (purpose: 'restore' | 'capture') => acquireLease(desk.db, { portalId, holder: 'a worker', purpose })
  for (const purpose of ['restore', 'capture'] as const) {
    const held = await work(purpose)
    if (!held.ok) throw new Error(held.heldBy)
    const refusal = { code: 'invalid_input', facts: { field: 'portal', problem: textWith('a restore of it is at work') } }
    const answer = purpose === 'restore' ? { ok: false, refusal } : { ok: true }
    expect(await erase('contacts', { id: '1000' })).toMatchObject(answer)
    await releaseLease(desk.db, held.lease)
  }
})

test('S66 who was erased is nobody’s to read, and the list never shrinks', async () => {
  const asNobody = await scoped(desk.db, crypto.randomUUID(), async (tx) => {
    await tx.execute(sql`set local role restore_desk_app`)
    return tx.select().from(erasures)
  })
  expect(asNobody).toEqual([])
  const client = postgres(desk.url, { max: 1 })
  await client`set role restore_desk_app`
  await client`select set_config('desk.actor', 'system', false)`
  expect((await client`select from erasures`).length).toBeGreaterThan(0)
  await expect(client`delete from erasures`).rejects.toThrow('permission denied')
  await expect(client`update erasures set reason = ''`).rejects.toThrow('permission denied')
  await client.end()
})
