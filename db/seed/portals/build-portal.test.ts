import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serverUrl } from '../../testing/databases.ts'
import { buildPortal } from './build-portal.ts'
import { deletions, newerDeals } from './incidents.ts'
import { type DemoPortal, demoPortals } from './portals.ts'

const afternoon = new Date('2026-11-25T14:00:00Z')
const made = new Set<string>()

type Built = { sql: postgres.Sql; rows: number; deals: { moment: Date; ids: number[] }[] }

/** Builds a portal and remembers which deals stood at each restore point. */
async function build(portal: DemoPortal, databaseName: string, now: Date): Promise<Built> {
  const url = new URL(serverUrl())
  url.pathname = `/${databaseName}`
  made.add(databaseName)
  const deals: Built['deals'] = []
  const { rows } = await buildPortal({
    adminUrl: serverUrl(),
    portal,
    databaseName,
    role: databaseName,
    password: 'secret',
    now,
    capture: async (moment) => {
      const sql = postgres(url.href, { max: 1 })
      deals.push({ moment, ids: (await sql<{ id: number }[]>`select id::int from crm.deals order by id`).map((deal) => deal.id) })
      await sql.end()
    },
  })
  return { sql: postgres(url.href, { max: 1, onnotice: () => undefined }), rows, deals }
}

function portalNamed(externalId: string): DemoPortal {
  const portal = demoPortals.find((one) => one.externalId === externalId)
  if (!portal) throw new Error(`no portal ${externalId}`)
  return portal
}

let bolt: Built
let corax: Built
const closing: postgres.Sql[] = []

beforeAll(async () => {
  bolt = await build(portalNamed('bolt'), 'seed_bolt', afternoon)
  corax = await build({ ...portalNamed('corax'), rows: 12_000 }, 'seed_corax', afternoon)
  closing.push(bolt.sql, corax.sql)
})

afterAll(async () => {
  await Promise.all(closing.map((sql) => sql.end()))
  const admin = postgres(serverUrl(), { max: 1, onnotice: () => undefined })
  for (const name of made) {
    await admin.unsafe(`drop database if exists ${name} with (force)`)
    await admin.unsafe(`drop role if exists ${name}`)
  }
  await admin.end()
})

describe('every portal', () => {
  test('has about the rows that are promised', () => {
    expect(bolt.rows).toBeGreaterThan(5_500)
    expect(bolt.rows).toBeLessThan(7_500)
    expect(corax.rows).toBeGreaterThan(10_500)
  })

  test('the same day makes the same portal, row for row', async () => {
    const again = await build(portalNamed('bolt'), 'seed_bolt_again', afternoon)
    closing.push(again.sql)
    expect(await checksums(again.sql)).toEqual(await checksums(bolt.sql))
  })

  test('no row points at nothing, within a schema or across', async () => {
    for (const { sql } of [bolt, corax]) {
      const keys = await foreignKeys(sql)
      expect(keys.filter((key) => key.from.split('.')[0] !== key.to.split('.')[0]).length).toBe(7)
      for (const { from, column, to } of keys) {
        const [found] = await sql.unsafe(
          `select count(*)::int as orphans from ${from} f where f.${column} is not null and not exists (select from ${to} t where t.id = f.${column})`,
        )
        expect({ from, column, ...found }).toEqual({ from, column, orphans: 0 })
      }
    }
  })

  test('nothing is dated ahead of the present, and the first years kept to working days', async () => {
    for (const { sql, deals } of [bolt, corax]) {
      const oldest = deals[0]?.moment ?? afternoon
      for (const table of ['crm.companies', 'crm.contacts', 'crm.leads', 'crm.deals', 'intranet.tasks']) {
        const [found] = await sql.unsafe(
          `select count(*) filter (where greatest(created_at, updated_at) > '${afternoon.toISOString()}')::int as ahead,
             count(*) filter (where created_at < '${oldest.toISOString()}' and extract(isodow from created_at at time zone 'Europe/London') > 5)::int as weekends,
             count(*) filter (where updated_at < created_at)::int as backwards
           from ${table}`,
        )
        expect({ table, ...found }).toEqual({ table, ahead: 0, weekends: 0, backwards: 0 })
      }
    }
  })

  test('its sequences stand at its highest numbers, so that the next row can be entered', async () => {
    await bolt.sql.begin(async (tx) => {
      const [deal] = await tx<
        { id: number; number: number }[]
      >`insert into crm.deals (title, company_id, amount, currency, created_by)
        values ('One more', 1, 10, 'EUR', 'Mia Lindqvist') returning id::int, number::int`
      expect(deal?.number).toBe(1000 + (deal?.id ?? 0))
      await tx`rollback and chain`
    })
  })

  test('S98 its triggers are awake and would tell of a restore that wakes them', async () => {
    await bolt.sql.begin(async (tx) => {
      const lines = async () => (await tx<{ n: number }[]>`select count(*)::int as n from intranet.outbox`)[0]?.n ?? 0
      const before = await lines()
      await tx`delete from crm.deals where id = (select min(id) from crm.deals)`
      expect(await lines()).toBeGreaterThan(before)
      await tx`rollback and chain`
    })
  })

  test('S64 S67 since yesterday’s restore point somebody wants no more mail, and somebody’s sign-ins were ended; in the larger ones somebody left', async () => {
    for (const { sql, deals } of [bolt, corax]) {
      const since = deals.at(-2)?.moment.toISOString() ?? ''
      const [told] = await sql.unsafe(
        `select exists (select from crm.opt_outs o join crm.contacts c using (email) where o.at > '${since}' and not c.newsletter) as opted_out,
           exists (select from intranet.revoked_access where at > '${since}') as revoked,
           (select count(*)::int from intranet.revoked_access r join intranet.employees e using (email) where r.what = 'account' and not e.active) as left`,
      )
      expect(told).toEqual({ opted_out: true, revoked: true, left: 1 })
    }
  })

  test('belongs to a role of its own that is no superuser and reaches no other portal', async () => {
    const [role] = await bolt.sql`select rolsuper, rolcreatedb, rolcanlogin from pg_roles where rolname = 'seed_bolt'`
    expect(role).toEqual({ rolsuper: false, rolcreatedb: false, rolcanlogin: true })
    const [reach] = await bolt.sql`select has_database_privilege('seed_bolt', 'seed_bolt', 'connect') as own,
      has_database_privilege('seed_bolt', 'seed_corax', 'connect') as foreign`
    expect(reach).toEqual({ own: true, foreign: false })
  })
})

describe('the stories', () => {
  test('corax: hundreds of deals vanish within an hour two days ago, by one person', async () => {
    const [told] =
      await corax.sql`select count(*)::int as deals, count(distinct who)::int as people, max(at) - min(at) < interval '1 hour' as within_hour,
        min(at)::date::text as date
      from intranet.audit_log where action = 'delete' and entity = 'deals'`
    expect(told).toEqual({ deals: deletions.corax.deals, people: 1, within_hour: true, date: '2026-11-23' })
    const [before, after] = corax.deals.slice(-3)
    const kept = new Set(after?.ids)
    expect(before?.ids.filter((id) => !kept.has(id)).length).toBe(deletions.corax.deals)
  })

  test('bolt: deals lost yesterday evening are in yesterday’s restore point and not in today’s; newer ones came since', async () => {
    const [yesterday, today] = bolt.deals.slice(-2)
    const live = new Set((await bolt.sql<{ id: number }[]>`select id::int from crm.deals`).map((deal) => deal.id))
    const lost = yesterday?.ids.filter((id) => !live.has(id)) ?? []
    expect(lost.length).toBe(deletions.bolt.deals)
    expect(today?.ids.filter((id) => lost.includes(id))).toEqual([])
    const [newer] = await bolt.sql<
      { deals: number }[]
    >`select count(*)::int as deals from crm.deals where created_at > '2026-11-24T19:00:00Z'`
    expect(newer?.deals).toBeGreaterThanOrEqual(2 * newerDeals)
  })

  test('bolt: seeded soon after midnight, the evening before is still yesterday evening', async () => {
    const night = new Date('2026-11-25T00:40:00Z')
    const built = await build(portalNamed('bolt'), 'seed_bolt_night', night)
    closing.push(built.sql)
    const [told] =
      await built.sql`select count(*)::int as deals, max(at) < ${night} as past from intranet.audit_log where action = 'delete' and entity = 'deals'`
    expect(told).toEqual({ deals: deletions.bolt.deals, past: true })
    const [newer] = await built.sql<
      { deals: number }[]
    >`select count(*)::int as deals from crm.deals where created_at > '2026-11-24T19:00:00Z'`
    expect(newer?.deals).toBe(newerDeals)
  })
})

async function checksums(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql<
    { name: string }[]
  >`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('crm', 'intranet') order by 1`
  const sums: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ sum: string }[]>(
      `select count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) as sum from ${name} t`,
    )
    sums[name] = row?.sum ?? ''
  }
  return sums
}

async function foreignKeys(sql: postgres.Sql): Promise<{ from: string; column: string; to: string }[]> {
  return sql`select c.conrelid::regclass::text as from, a.attname as column, c.confrelid::regclass::text as to
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] where c.contype = 'f'`
}
