import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase, emptyDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { nameTables, nameTablesInput, readTableWords } from './name-tables.ts'
import { registerPortal, registerPortalInput } from './register-portal.ts'

const operator = systemActor('operator')
let desk: TestDatabase
let database: Awaited<ReturnType<typeof emptyDatabase>>
let portalId: string

beforeAll(async () => {
  desk = await cloneDatabase()
  database = await emptyDatabase('named')
  const client = postgres(database.url, { max: 1, onnotice: () => undefined })
  await client.unsafe('create schema "Shop"; create table "Shop"."Order" (id int primary key, total numeric, "State" text)')
  await client.end()
  const portal = { name: 'Named', databaseUrl: database.url, owner: 'owner@named.example', crmSchemas: ['Shop'] }
  const registered = await registerPortal(desk.db, operator, registerPortalInput.parse(portal))
  if (!registered.ok) throw new Error(JSON.stringify(registered.refusal))
  portalId = registered.portalId
})

afterAll(async () => {
  await desk.drop()
  await database.drop()
})

const name = (tableWords: unknown) => nameTables(desk.db, operator, nameTablesInput.parse({ portalId, tableWords }))
const orders = {
  schema: 'Shop',
  table: 'Order',
  name: { en: 'Orders', pl: 'Zamówienia' },
  moneyColumn: 'total',
  stages: { column: 'State', names: { paid: { en: 'Paid orders', pl: 'Opłacone zamówienia' } } },
}

test('R6 what people call tables and their stages is written down, read again, and taken back by an empty list', async () => {
  expect(await name([orders])).toEqual({ ok: true, tables: 1 })
  expect(await readTableWords(desk.db, operator, portalId)).toEqual([orders])
  expect(await name([])).toEqual({ ok: true, tables: 0 })
  expect(await readTableWords(desk.db, operator, portalId)).toEqual([])
})

test.each<[string, unknown, string]>([
  ['a table that is not there', { ...orders, table: 'Orders' }, 'there is no table Shop.Orders'],
  ['a column that is not there', { ...orders, moneyColumn: 'Total' }, 'Shop.Order has no column Total'],
  ['a stage of no column', { ...orders, stages: { ...orders.stages, column: 'state' } }, 'Shop.Order has no column state'],
  ['a name of no column', { ...orders, columnNames: { sum: { en: 'Sum', pl: 'Suma' } } }, 'Shop.Order has no column sum'],
])('%s is refused, and what was said before stays', async (_what, given, problem) => {
  await name([orders])
  expect(await name([given])).toMatchObject({ ok: false, refusal: { facts: { field: 'words', problem: textWith(problem) } } })
  expect(await readTableWords(desk.db, operator, portalId)).toEqual([orders])
})

test('a word that nobody knows, a name without one language: said at its place', () => {
  const parse = (tableWords: unknown) => nameTablesInput.safeParse({ portalId, tableWords }).error?.issues.map(({ path }) => path)
  expect(parse([{ ...orders, moneyColum: 'total' }])).toEqual([['tableWords', 0]])
  expect(parse([{ ...orders, name: { en: 'Orders' } }])).toEqual([['tableWords', 0, 'name', 'pl']])
})
