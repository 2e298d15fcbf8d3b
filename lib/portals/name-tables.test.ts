import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { nameTables, nameTablesInput, readTableWords } from './name-tables.ts'
import { operator, type RegisteredPortal, registeredPortal } from './testing/registered-portal.ts'

let desk: TestDatabase
let portal: RegisteredPortal
let portalId: string

beforeAll(async () => {
  portal = await registeredPortal(
    'create schema "Shop"; create table "Shop"."Order" (id int primary key, total numeric, "State" text)',
    'Shop',
  )
  desk = portal.desk
  portalId = portal.portalId
})

afterAll(() => portal.drop())

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
