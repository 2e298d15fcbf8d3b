import postgres from 'postgres'
import { expect, test } from 'vitest'
import { serverUrl } from '#db/testing/databases.ts'
import { previewColumns, readTableShapes, type TableShape } from './preview-columns.ts'

const shape = (table: string, columns: Record<string, string>): TableShape => ({
  schema: 'public',
  table,
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  parents: [],
})

test('columns of a Northwind-like schema are found by their names and types', () => {
  const orders = shape('orders', {
    order_id: 'smallint',
    customer_id: 'character varying',
    employee_id: 'smallint',
    order_date: 'date',
    required_date: 'date',
    shipped_date: 'date',
    freight: 'real',
    ship_name: 'character varying',
  })
  const customers = shape('customers', {
    customer_id: 'character varying',
    company_name: 'character varying',
    contact_name: 'character varying',
  })
  const details = shape('order_details', {
    order_id: 'smallint',
    product_id: 'smallint',
    unit_price: 'real',
    quantity: 'smallint',
    discount: 'real',
  })
  const employees = shape('employees', {
    employee_id: 'smallint',
    last_name: 'character varying',
    birth_date: 'date',
    hire_date: 'date',
  })
  expect(previewColumns([orders, customers, details, employees], [])).toEqual([
    {
      schema: 'public',
      table: 'orders',
      whoColumn: 'employee_id',
      whenColumn: 'order_date',
      titleColumn: 'ship_name',
      moneyColumn: 'freight',
    },
    { schema: 'public', table: 'customers', titleColumn: 'company_name' },
    { schema: 'public', table: 'order_details', moneyColumn: 'unit_price' },
    { schema: 'public', table: 'employees', whoColumn: 'employee_id', titleColumn: 'last_name' },
  ])
})

test('columns of a CRM are found, and a type that cannot be one is not taken', () => {
  const deals = shape('crm_deals', {
    id: 'bigint',
    title: 'text',
    amount: 'numeric',
    created_by: 'text',
    created_at: 'timestamp with time zone',
  })
  const odd = shape('notes', { title: 'jsonb', created_at: 'boolean', amount: 'text' })
  expect(previewColumns([deals, odd], [])).toEqual([
    {
      schema: 'public',
      table: 'crm_deals',
      whoColumn: 'created_by',
      whenColumn: 'created_at',
      titleColumn: 'title',
      moneyColumn: 'amount',
    },
  ])
})

test("the portal's own settings go before any guess, and a column it has dropped since is left out", () => {
  const deals = shape('deals', { id: 'bigint', title: 'text', code: 'text', created_by: 'text' })
  const words = [{ schema: 'public', table: 'deals', titleColumn: 'code', whoColumn: 'salesman' }]
  expect(previewColumns([deals], words)).toEqual([{ schema: 'public', table: 'deals', titleColumn: 'code' }])
})

test('S64 what is withheld serves for nothing that is shown, on partitions of its table too, whatever settings name it', () => {
  const people = shape('people', { id: 'bigint', name: 'text', username: 'text', code: 'text', salary_amount: 'numeric' })
  const part: TableShape = { ...people, table: 'people_2026', parents: [{ schema: 'public', name: 'people' }] }
  const below: TableShape = { ...part, table: 'people_2026_05', parents: [{ schema: 'public', name: 'people_2026' }] }
  const words = [{ schema: 'public', table: 'people', titleColumn: 'code' }]
  const hidden = { table: { schema: 'public', name: 'people' }, columns: ['username', 'code', 'salary_amount'] }
  expect(previewColumns([people, part, below], words, { tables: [], columns: [hidden] })).toEqual([
    { schema: 'public', table: 'people_2026', titleColumn: 'name' },
    { schema: 'public', table: 'people_2026_05', titleColumn: 'name' },
  ])
})

test('S100 the tables of a portal are read whatever it is called and however impatient its own settings are', async () => {
  const databaseName = `Żółw 100%25 a/b?c#d ${crypto.randomUUID()}`.slice(0, 40)
  const admin = postgres(serverUrl(), { max: 1, onnotice: () => undefined })
  try {
    await admin`create database ${admin(databaseName)} template template0`
    await admin`alter database ${admin(databaseName)} set statement_timeout to '1ms'`
    const ref = { id: crypto.randomUUID(), adminUrl: serverUrl(), databaseName, scopePatterns: { schemas: ['crm'], tables: [] } }
    expect(await readTableShapes(ref)).toEqual([])
  } finally {
    await admin`drop database if exists ${admin(databaseName)} with (force)`
    await admin.end()
  }
})
