import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { protectPortal, protectPortalInput, readProtection } from './protect-portal.ts'
import { operator, type RegisteredPortal, registeredPortal } from './testing/registered-portal.ts'

let desk: TestDatabase
let portal: RegisteredPortal
let portalId: string

beforeAll(async () => {
  portal = await registeredPortal(
    `create schema office;
    create table office.people (id int primary key, role text not null, password text, active boolean not null, shown text generated always as (role) stored);
    create table office.notes (words text);
    create table office.audit (id int generated always as identity, what text)`,
    'office',
  )
  desk = portal.desk
  portalId = portal.portalId
})

afterAll(() => portal.drop())

const people = { schema: 'office', table: 'people', kind: 'identities' as const }

const protect = (protectedData: unknown) =>
  protectPortal(desk.db, operator, protectPortalInput.parse({ portalId, protectedData }))

test('S64 S68 what is protected is written down, read again, and taken back by an empty list', async () => {
  expect(await readProtection(desk.db, operator, portalId)).toEqual({ tables: [], columns: [] })
  const wanted = {
    tables: [{ schema: 'office', table: 'audit', kind: 'audit_log' }],
    columns: [{ ...people, columns: { role: 'as_then', password: { set: null }, active: { set: 'false' } } }],
  }
  expect(await protect(wanted)).toEqual({ ok: true, tables: 1, columns: 3 })
  expect(await readProtection(desk.db, operator, portalId)).toEqual(wanted)
  expect(await protect({})).toEqual({ ok: true, tables: 0, columns: 0 })
  expect(await readProtection(desk.db, operator, portalId)).toEqual({ tables: [], columns: [] })
})

test.each<[string, unknown, string]>([
  ['a table that is not there', { tables: [{ ...people, table: 'audits' }] }, 'there is no table office.audits'],
  [
    'a column that is not there',
    { columns: [{ ...people, columns: { token: 'as_then' } }] },
    'office.people: token is no column',
  ],
  ['a column that is computed', { columns: [{ ...people, columns: { shown: 'as_then' } }] }, 'office.people: shown is no column'],
  ['the key itself', { columns: [{ ...people, columns: { id: 'as_then' } }] }, 'never the key itself'],
  ['a table without a key', { columns: [{ ...people, table: 'notes', columns: { words: 'as_then' } }] }, 'where rows have a key'],
  ['a value of another type', { columns: [{ ...people, columns: { active: { set: 'perhaps' } } }] }, 'invalid input syntax'],
  ['nothing where something must be', { columns: [{ ...people, columns: { role: { set: null } } }] }, 'role: may not be empty'],
])('S64 what would protect nothing, or refuse every restore, is refused and named: %s', async (_, wrong, problem) => {
  expect(await protect(wrong)).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_input', facts: { field: 'protected', problem: textWith(problem) } },
  })
  expect(await readProtection(desk.db, operator, portalId)).toEqual({ tables: [], columns: [] })
})
