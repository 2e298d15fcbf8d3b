import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare } from '../compare.ts'
import type { Difference, SampledTable } from '../difference.ts'
import { countsOf, isEmpty } from '../difference.ts'
import { digestOf } from '../digest.ts'
import type { ComparedSoFar } from '../observe.ts'
import { atOneMoment, rows } from '../side.ts'
import { makePortal, type Portal, withSides } from '../testing/portal.ts'
import { findServers, startServer, type TestServer } from '../testing/servers.ts'
import { growthSince, packWipedSet, unpackWipedSet, wipedSetOf } from '../wiped-set.ts'
import { estimateRows } from './estimate.ts'
import { within } from './time-limit.ts'

const everything = { kind: 'all' } as const
/** No time at all, and a sample so small that tables of a test are large to it. */
const noTime = { timeLimitMs: 0, blocks: 120 }

const tablesSql = `
  create table deals (id int primary key, v text);
  create table mails (box int, at int, v text, primary key (box, at));
  create table same (id int primary key, v text);
  create table keyless (v text);
  create table small (id int primary key, v text);
  insert into deals select g, repeat(md5(g::text), 5) from generate_series(1, 24000) g;
  insert into mails select g % 7, g, repeat(md5(g::text), 5) from generate_series(1, 24000) g;
  insert into same select g, repeat(md5(g::text), 5) from generate_series(1, 24000) g;
  insert into keyless select repeat(md5(g::text), 5) from generate_series(1, 24000) g;
  insert into small select g, md5(g::text) from generate_series(1, 500) g`

/** Rows that went all over the table, rows that came at its end, rows that were changed in one corner. */
const sinceSql = `
  delete from deals where id % 20 = 0;
  update deals set v = 'edited' where id between 10000 and 11000;
  insert into deals select g, repeat(md5(g::text), 5) from generate_series(90001, 92000) g;
  delete from mails where at % 3 = 0;
  update mails set v = v || '!' where at % 11 = 1;
  delete from keyless where v like 'a%';
  delete from small where id < 4`

describe.each(findServers())('S38 a portal too large to be compared in time, on $label', (kind) => {
  let server: TestServer
  let portal: Portal
  let copy: { url: string }
  let exact: Difference
  let sampled: Difference
  beforeAll(async () => {
    server = await startServer(kind, { fsync: 'off', autovacuum: 'off' })
    portal = await makePortal(server, tablesSql)
    copy = await portal.copy()
    await portal.run(sinceSql)
    exact = await compared()
    sampled = await compared({ sampling: noTime })
  })
  afterAll(() => server.stop())

  const compared = (options: Parameters<typeof compare>[3] = {}) =>
    withSides(portal.url, copy.url, (live, snapshot) => compare(live, snapshot, everything, options))

  test('its largest tables are told by a sample, and the truth lies within what is said of them', () => {
    expect(sampled.sampled?.map(({ table }) => table.name).sort()).toEqual(['deals', 'mails', 'same'])
    for (const kindOf of ['missing', 'newer', 'changed'] as const)
      for (const name of ['deals', 'mails', 'same']) {
        const [said, truth] = [of(sampled, name)[kindOf], numberOf(exact, name, kindOf)]
        expect([name, kindOf, said.atLeast <= truth, truth <= said.atMost]).toEqual([name, kindOf, true, true])
        expect(said.atMost).toBeLessThan(24_000)
      }
    // An estimate that said nothing would hold any truth.
    const gone = of(sampled, 'mails').missing
    expect(gone.atLeast).toBeGreaterThan(1_000)
    expect(gone.atMost).toBeLessThan(22_000)
    expect(of(sampled, 'deals').rowsLookedAt).toBeLessThan(16_000)
  })

  test('where the sample met nothing, it says how many there may be, not that there are none', () => {
    const { missing, newer, changed } = of(sampled, 'same')
    expect([missing.about, newer.about, changed.about]).toEqual([0, 0, 0])
    expect(Math.min(missing.atMost, newer.atMost, changed.atMost)).toBeGreaterThan(100)
    expect(isEmpty({ ...sampled, tables: [] })).toBe(false)
  })

  test('tables that are small, or have no key to look rows up by, are exact all the same', () => {
    const counts = (difference: Difference) => difference.tables.map(({ table, missing }) => [table.name, missing.length])
    expect(counts(sampled)).toEqual(counts(exact).filter(([name]) => name === 'keyless' || name === 'small'))
    expect(counts(sampled)).toHaveLength(2)
    expect(countsOf(sampled).newer).toBe(0)
  })

  test('looked at again: no table is read whole, each says on the way how it was compared, and the digest is the same', async () => {
    const scans = () =>
      portal.run(`select relname, seq_scan::int from pg_stat_user_tables where relname in ('deals', 'mails', 'same') order by 1`)
    const before = await scans()
    const told: ComparedSoFar[] = []
    const again = await compared({ sampling: noTime, tellProgress: (soFar) => told.push(soFar) })
    expect(await scans()).toEqual(before)
    const found = told.flatMap((soFar) => (soFar.found ? [[soFar.found.table.name, soFar.found.sampled !== null]] : []))
    expect(Object.fromEntries(found)).toEqual({ keyless: false, small: false, deals: true, mails: true, same: true })
    expect(told.at(-1)).toMatchObject({ tables: 5, tablesInAll: 5, rows: told.at(-1)?.rowsInAll, comparing: null })
    const digest = (difference: Difference) => digestOf(difference, { portal: 'p' })
    expect(digest(again)).toBe(digest(sampled))
    expect(digest(sampled)).not.toBe(digest(exact))
    const other = (sampled.sampled ?? []).map((table) => ({
      ...table,
      newer: { ...table.newer, atMost: table.newer.atMost + 1 },
    }))
    expect(digest({ ...sampled, sampled: other })).not.toBe(digest(sampled))
  })

  test('S66 whoever was erased is in no sample, and counted as by an exact comparison', async () => {
    const gone = Array.from({ length: 1_200 }, (_, at) => [`${(at + 1) * 20}`])
    const list = [{ table: { schema: 'public', name: 'deals' }, columns: ['id'], keys: gone }]
    const scope = { kind: 'all', protection: { tables: [], columns: [], erased: list } } as const
    const [some, all] = await withSides(portal.url, copy.url, async (live, snapshot) => [
      await compare(live, snapshot, scope, { sampling: noTime }),
      await compare(live, snapshot, scope),
    ])
    expect(all.erased).toEqual({ records: 1_200, fallen: 0 })
    expect(some.erased).toEqual(all.erased)
    expect([of(some, 'deals').missing.about, of(some, 'deals').seen.missing.length]).toEqual([0, 0])
    expect(of(some, 'deals').changed.about).toBe(of(sampled, 'deals').changed.about)
  })

  test('with time enough nothing is sampled', async () => {
    const patient = await compared({ sampling: { timeLimitMs: 600_000, blocks: 120 } })
    expect(patient.sampled).toBeUndefined()
    expect(digestOf(patient, {})).toBe(digestOf(exact, {}))
  })

  test('R11 consent to a sample covers what was met and as many more as the bound says, in that table alone', async () => {
    const consented = unpackWipedSet(packWipedSet(wipedSetOf(sampled)))
    expect(growthSince(consented, wipedSetOf(exact))).toEqual({ rows: 0, tables: [] })
    const bound = of(sampled, 'deals').newer.atMost + of(sampled, 'deals').changed.atMost
    const wiped = wipedSetOf(exact).tables.get('public\0deals')?.hashes.length ?? 0
    await portal.run(`insert into deals select g, 'late' || g from generate_series(200001, ${200_000 + bound - wiped + 3}) g`)
    await portal.run(`insert into small values (1000, 'late')`)
    const grown = growthSince(consented, wipedSetOf(await compared()))
    expect(grown.tables.find(({ table }) => table.name === 'small')?.rows).toBe(1)
    // The rows met are within the bound, so that no more than the bound can be lost.
    expect(grown.tables.find(({ table }) => table.name === 'deals')?.rows).toBe(3)
    await portal.run(`delete from deals where id > 200000; delete from small where id = 1000`)
  })

  test('the clock that runs out stops the query, and both sides still stand at their one moment', async () => {
    await withSides(portal.url, copy.url, (live, snapshot) =>
      atOneMoment([live, snapshot], async () => {
        const count = async () => (await rows<{ rows: number }>(live, 'select count(*)::int as rows from public.small'))[0]?.rows
        const before = await count()
        await portal.run(`insert into small values (2000, 'meanwhile')`)
        expect(await within([live, snapshot], performance.now() + 100, () => rows(live, 'select pg_sleep(600)'))).toBeNull()
        expect(await count()).toBe(before)
        expect(await within([live, snapshot], performance.now() + 60_000, count)).toBe(before)
      }),
    )
    await portal.run(`delete from small where id = 2000`)
  })
})

test('S38 a range narrows as more is looked at, and a whole table looked at has none', () => {
  const half = (blocks: number) => Array.from({ length: blocks }, (_, at) => (at % 2) * 10)
  const width = (blocks: number) => {
    const { atLeast, atMost } = estimateRows(half(blocks), 100_000, 8192)
    return atMost - atLeast
  }
  expect(width(4000)).toBeLessThan(width(1000) / 1.9)
  expect(estimateRows(half(4000), 100_000, 8192).about).toBe(500_000)
  expect(estimateRows(half(400), 400, 8192)).toEqual({ about: 2000, atLeast: 2000, atMost: 2000 })
})

function of({ sampled }: Difference, name: string): SampledTable {
  const found = sampled?.find(({ table }) => table.name === name)
  if (!found) throw new Error(`${name} was not sampled`)
  return found
}

function numberOf({ tables }: Difference, name: string, kind: 'missing' | 'newer' | 'changed'): number {
  return tables.find(({ table }) => table.name === name)?.[kind].length ?? 0
}
