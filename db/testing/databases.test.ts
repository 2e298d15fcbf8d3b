import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase, emptyDatabase, type TestDatabase } from './databases.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

test('a clone is migrated, empty, and worked on as the application: not its owner, bound by row-level security', async () => {
  const [role] = await desk.db.execute(
    sql`select current_user as name, row_security_active('tickets') as bound, pg_has_role('postgres', 'member') as owner`,
  )
  expect(role).toEqual({ name: 'restore_desk_app', bound: true, owner: false })
  const [count] = await desk.owner`select count(*)::int as tickets from tickets`
  expect(count).toEqual({ tickets: 0 })
})

test('an empty database lies on the same server, and is gone once dropped', async () => {
  const portal = await emptyDatabase()
  const client = postgres(portal.url, { max: 1, onnotice: () => undefined })
  await client`create table deals (id int)`
  await client.end()
  await portal.drop()
  const [left] = await desk.owner`select count(*)::int as databases from pg_database where datname = ${portal.name}`
  expect(left).toEqual({ databases: 0 })
})
