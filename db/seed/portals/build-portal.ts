import postgres from 'postgres'
import { dayBatch, firstBatch, type Table, tables } from './batch.ts'
import { asciiOf, drawWith, literal, nth } from './draw.ts'
import { enterCrm, personOf } from './enter-crm.ts'
import { enterIntranet } from './enter-intranet.ts'
import { incidentsOf } from './incidents.ts'
import { historyOf } from './moments.ts'
import { passDay } from './pass-day.ts'
import type { DemoPortal } from './portals.ts'
import { behaviourSql, tablesSql } from './structure.ts'
import { wordsEn } from './words-en.ts'
import { wordsPl } from './words-pl.ts'

export type BuildPortal = {
  /** Connection of a superuser, to any database of the server. */
  adminUrl: string
  portal: DemoPortal
  databaseName: string
  /** Login role that owns the database: the portal's own user. Made, or given this password, if it is there already. */
  role: string
  password: string
  now: Date
  /** Nothing is entered after this; until now where it is absent. */
  quietSince?: Date
  /** Rows to make; `portal.rows` where absent. */
  rows?: number
  /** Called at each restore point, when no connection of ours is open: copy the database as it stands. */
  capture: (moment: Date, index: number) => Promise<void>
}

/** Makes a portal's database and lets seven days pass in it, stopping at each quiet hour. An earlier database of that name is dropped. */
export async function buildPortal(build: BuildPortal): Promise<{ rows: number }> {
  const { portal, now } = build
  await createDatabase(build)
  await using(build, async (sql) => {
    await sql.unsafe(`set role ${quoted(build.role)}; ${tablesSql} reset role`)
    await enterPeople(sql, portal, now)
  })
  const history = historyOf(portal, now, build.quietSince)
  const rows = build.rows ?? portal.rows
  const base = await using(build, async (sql) => ({
    portal,
    words: wordsOf(portal),
    draw: drawWith(portal.externalId),
    people: await peopleOf(sql),
  }))
  const first = firstBatch(base, rows, dayBefore(history.days[0]?.date ?? ''))
  await using(build, async (sql) => {
    await enter(sql, first.highest, [...enterCrm(first), ...enterIntranet(first)])
    await sql.unsafe(`set role ${quoted(build.role)}; ${behaviourSql} reset role`)
    await sql.unsafe('vacuum (freeze, analyze)')
  })
  let highest = first.highest
  for (const [i, day] of history.days.entries()) {
    await build.capture(history.captures[i] ?? now, i)
    const usual = dayBatch(base, rows, highest, day)
    const incidents = incidentsOf(usual, day, now)
    const statements = [...enterCrm(usual), ...enterIntranet(usual), ...passDay(usual, highest, day), ...incidents.statements]
    await using(build, (sql) => enter(sql, incidents.highest, statements))
    highest = incidents.highest
  }
  return using(build, async (sql) => {
    await sql.unsafe('analyze')
    const [counted] = await sql<{ rows: number }[]>`select sum(n_live_tup)::int as rows from pg_stat_user_tables`
    return { rows: counted?.rows ?? 0 }
  })
}

async function createDatabase({ adminUrl, databaseName, role, password }: BuildPortal): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    const [known] = await sql`select from pg_roles where rolname = ${role}`
    await sql.unsafe(`${known ? 'alter' : 'create'} role ${quoted(role)} login password ${literal(password)}`)
    await sql.unsafe(`drop database if exists ${quoted(databaseName)} with (force)`)
    await sql.unsafe(
      `create database ${quoted(databaseName)} owner ${quoted(role)} template template0 encoding 'UTF8' strategy file_copy`,
    )
    await sql.unsafe(`revoke connect, temporary on database ${quoted(databaseName)} from public`)
  } finally {
    await sql.end()
  }
}

async function enterPeople(sql: postgres.Sql, portal: DemoPortal, now: Date): Promise<void> {
  const words = wordsOf(portal)
  const draw = drawWith(portal.externalId)
  const named = portal.people.map((person) => ({ ...person, email: `${person.mailbox}@${portal.domain}` }))
  await sql`insert into intranet.departments ${sql(words.departments.map((name, i) => ({ id: i + 1, name })))}`
  const today = `date '${now.toISOString().slice(0, 10)}'`
  const hired = `${today} - ${draw.whole('g', 'hired', 200, 2500)}`
  for (const [i, person] of named.entries()) {
    await sql`insert into intranet.employees (id, full_name, email, department_id, job_title, role, active, hired_on)
      values (${i + 1}, ${person.name}, ${person.email}, ${1 + (i % words.departments.length)}, ${person.jobTitle}, ${person.role}, ${!person.left}, ${sql.unsafe(today)} - 2600)`
  }
  await sql.unsafe(`insert into intranet.employees (id, full_name, email, department_id, job_title, hired_on)
    select g, first_name || ' ' || last_name, ${asciiOf('first_name')} || '.' || ${asciiOf('last_name')} || g || '@${portal.domain}',
      1 + g % ${words.departments.length}, ${nth(words.jobTitles, draw.hash('g', 'job'))}, ${hired}
    from generate_series(${named.length + 1}, ${portal.users}) g cross join lateral (select ${personOf({ words, draw }, 'employee')}) p`)
  await sql.unsafe(
    `update intranet.employees set created_at = hired_on + interval '9 hours', updated_at = hired_on + interval '9 hours'`,
  )
  for (const [i, name] of portal.productNames.entries()) {
    await sql.unsafe(`insert into crm.products (id, sku, name, unit_price, vat_percent, created_at, updated_at)
      select ${i + 1}, ${literal(`${portal.externalId.toUpperCase()}-${String(100 + i)}`)}, ${literal(name)}, round((9 * exp(3.5 * ${draw.unit(String(i), 'price')}))::numeric, 2),
        ${portal.currency === 'PLN' ? 23 : 20}, ${today} - 900, ${today} - 40`)
    // Every third has gone out; the others wait for their day.
    await sql.unsafe(`insert into crm.campaigns (id, name, send_on, status, created_at)
      select ${i + 1}, ${literal(name)}, ${today} + ${i % 3 === 0 ? -20 - i : 20 + i}, ${literal(i % 3 === 0 ? 'sent' : 'scheduled')}, ${today} - 40`)
  }
  await sql.unsafe(setSequences(['intranet.departments', 'intranet.employees', 'crm.products', 'crm.campaigns']))
}

/** With triggers and foreign-key checks asleep: what is entered carries its own times, and holds together by how it is drawn. */
async function enter(sql: postgres.Sql, highest: Record<Table, number>, statements: string[]): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe('set local session_replication_role = replica; set local synchronous_commit = off')
    for (const statement of statements) await tx.unsafe(statement)
    await tx.unsafe(`${setSequences([...tables])}; select setval('crm.deal_number', ${1000 + highest['crm.deals']})`)
  })
}

function setSequences(of: string[]): string {
  return of
    .map((table) => `select setval(pg_get_serial_sequence('${table}', 'id'), greatest(1, (select max(id) from ${table})))`)
    .join('; ')
}

async function peopleOf(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`select full_name as name from intranet.employees order by id`
  return rows.map((row) => row.name)
}

function wordsOf(portal: DemoPortal) {
  return portal.locale === 'pl' ? wordsPl : wordsEn
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

async function using<T>({ adminUrl, databaseName }: BuildPortal, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const url = new URL(adminUrl)
  url.pathname = `/${databaseName}`
  const sql = postgres(url.toString(), { max: 1, onnotice: () => undefined })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}
