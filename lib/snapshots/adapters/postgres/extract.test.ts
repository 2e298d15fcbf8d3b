import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nastyChanges, nastyPortal } from '#lib/difference/testing/nasty.ts'
import { jsonLinesOf, sqlOf } from '../../extract/table-files.ts'
import type { ExtractedRows, ExtractedTable, ExtractRequest, SnapshotRef } from '../../port.ts'
import { postgresAdapter } from './adapter.ts'
import { quoteName, withClient } from './connect.ts'
import { readDatabase } from './marker.ts'
import { call, expectNobodyIn, makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`extract on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    const portals: TestPortal[] = []
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
    })
    afterAll(async () => {
      for (const portal of portals) await portal.drop()
      await stop()
    })
    const portalOf = async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      return portal
    }

    test('S100 S102 of a nasty portal, what was wiped or overwritten, exact: the SQL read back is the same rows, whatever their names and values', async () => {
      const portal = await portalOf()
      await asSuper(portal, 'drop schema crm, intranet cascade')
      await asSuper(portal, nastyPortal.replaceAll(':db', quoteName(portal.ref.databaseName)))
      const superPortal = { ...portal, ref: { ...portal.ref, adminUrl: portal.superUrl } }
      const then = await capture(superPortal)
      for (const statement of nastyChanges) await asSuper(portal, statement)
      const now = await capture(superPortal, then)
      const extracted = await collect(superPortal, now, { kind: 'difference', against: [then], scope: 'crm' })
      const { total, tables } = await postgresAdapter.compare({
        portal: superPortal.ref,
        snapshot: then,
        against: now,
        scope: 'crm',
        columns: [],
        examplesPerTable: 0,
        edgeHandling: { '*': 'keep' },
      })
      expect(sum(extracted.map(({ rows }) => rows))).toBe(total.newer + total.changed)
      expect(extracted.map(({ schema, table }) => `${schema}.${table}`).sort()).toEqual(
        tables
          .filter(({ newer, changed }) => newer + changed > 0)
          .map(({ schema, table }) => `${schema}.${table}`)
          .sort(),
      )
      expect(extracted.map(({ table }) => table)).toContain('Deals "big" 100% \\ 🙂')
      for (const table of extracted) await expectReadBack(portal, table)
    })

    test('a row of several megabytes, bytes, microseconds and digits come out as they are; JSON has all digits too', async () => {
      const portal = await portalOf()
      await portal.run(
        'create table crm.exact (id int primary key, n numeric, big bigint, at timestamptz, raw bytea, list text[], doc jsonb, wide text, ok boolean, f float8)',
      )
      const then = await capture(portal)
      await portal.run(
        `insert into crm.exact values (1, 12345678901234567890.123456789000, 9007199254740993, '2027-10-31 00:30:00.123456+00', '\\x00ff5c0a', array['a,"b"', null, E'\\\\N', E'tab\\there'],
          '{"a": [1.10, null], "b": "line\\nbreak"}', repeat('ż', 4000000) || E'\\n\\t\\\\.', true, '-0'), (2, 'NaN', -1, '-infinity', '', '{}', 'null', E'\\\\N', false, '-Infinity')`,
      )
      const now = await capture(portal, then)
      const [table] = await collect(portal, now, { kind: 'difference', against: [then], scope: 'crm' })
      expect(table).toMatchObject({ table: 'exact', rows: 2 })
      if (!table) return
      await expectReadBack(portal, table)
      const lines = table.jsonLines.trimEnd().split('\n')
      expect(lines).toHaveLength(2)
      expect(lines[0]).toContain(
        '"n":12345678901234567890.123456789000,"big":9007199254740993,"at":"2027-10-31 00:30:00.123456+00","raw":"\\\\x00ff5c0a"',
      )
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        change: 'newer',
        row: { doc: { a: [1.1, null], b: 'line\nbreak' }, ok: true },
      })
      expect(JSON.parse(lines[1] ?? '')).toMatchObject({
        row: { n: 'NaN', big: -1, doc: null, wide: '\\N', ok: false, f: '-Infinity' },
      })
    })

    test('against two snapshots, only rows that neither has as they are; a copy is open to nobody else, and closed afterwards', async () => {
      const portal = await portalOf()
      const first = await capture(portal)
      await portal.run(`insert into crm.deals (title) values ('in the second')`)
      const second = await capture(portal, first)
      await portal.run(
        `insert into crm.deals (title) values ('=1+1')`,
        `update crm.deals set amount = 7.5 where title = 'Deal 3'`,
      )
      const now = await capture(portal, second)
      const titles = async (against: [SnapshotRef, ...SnapshotRef[]]) => {
        const extracted = await collect(portal, now, { kind: 'difference', against, scope: 'crm' })
        const at = extracted[0]?.columns.findIndex(({ name }) => name === 'title') ?? -1
        return extracted.flatMap(({ all }) => all.map(({ change, values }) => `${change} ${values[at]}`)).sort()
      }
      expect(await titles([first])).toEqual(['changed Deal 3', 'newer =1+1', 'newer in the second'])
      expect(await titles([first, second])).toEqual(['changed Deal 3', 'newer =1+1'])
      const doors = await withClient(url, undefined, (admin) =>
        Promise.all([first, second, now].map(({ databaseName }) => readDatabase(admin, databaseName))),
      )
      expect(doors.map((door) => door?.allowsConnections)).toEqual([false, false, false])
    })

    test('chosen records come with what points at them, and not with what lies outside the scope; a key that is not there brings nothing', async () => {
      const portal = await portalOf()
      await portal.run(
        'create table crm.notes (id int primary key, deal_id bigint references crm.deals, body text)',
        `insert into crm.notes select n, n, 'note ' || n from generate_series(1, 30) n`,
      )
      const snapshot = await capture(portal)
      const records = [{ schema: 'crm', table: 'companies', keys: [{ id: '2' }, { id: '99999' }] }]
      const alone = await collect(portal, snapshot, { kind: 'records', records, children: false, scope: 'crm' })
      expect(alone.map(({ table, rows }) => [table, rows])).toEqual([['companies', 1]])
      const family = await collect(portal, snapshot, { kind: 'records', records, children: true, scope: 'crm' })
      expect(family.map(({ table, rows }) => [table, rows])).toEqual([
        ['companies', 1],
        ['deals', 10],
        ['notes', 2],
      ])
      expect(family.find(({ table }) => table === 'notes')?.all.map(({ change, values }) => `${change} ${values[2]}`)).toEqual([
        'chosen note 1',
        'chosen note 21',
      ])
    })

    test('S66 an erased record is in no file, neither chosen nor wiped, nor what hung on it; another’s that only pointed at it is', async () => {
      const portal = await portalOf()
      await portal.run(
        'create table crm.clients (id int primary key, name text); create table crm.calls (id int primary key, client_id int not null references crm.clients, company_id bigint references crm.companies, words text)',
        'create table crm.orders (id int primary key, client_id int references crm.clients, company_id bigint references crm.companies)',
        `insert into crm.clients values (1, 'Ann'), (2, 'Bob'), (3, 'Cid')`,
        `insert into crm.calls values (1, 1, 2, 'Ann called'), (2, 2, 2, 'Bob called'); insert into crm.orders values (1, 1, 2), (2, 2, 2)`,
      )
      const then = await capture(portal)
      await portal.run(
        'delete from crm.calls where client_id = 2; update crm.orders set client_id = null where client_id = 2; delete from crm.clients where id = 2',
        `update crm.clients set name = 'erased' where id = 3; update crm.clients set name = 'Ann B.' where id = 1`,
      )
      const erased = [{ table: { schema: 'crm', name: 'clients' }, columns: ['id'], keys: [['2'], ['3']] }]
      const forgetting = { ...portal, ref: { ...portal.ref, protection: { tables: [], columns: [], erased } } }
      const records = [
        { schema: 'crm', table: 'clients', keys: [{ id: '1' }, { id: '2' }, { id: '3' }] },
        { schema: 'crm', table: 'companies', keys: [{ id: '2' }] },
      ]
      const family = await collect(forgetting, then, { kind: 'records', records, children: true, scope: 'crm' })
      const rowsOf = (all: Collected[], name: string) =>
        all.find(({ table }) => table === name)?.all.map(({ values }) => values.slice(0, 2))
      expect(rowsOf(family, 'clients')).toEqual([['1', 'Ann']])
      expect(rowsOf(family, 'calls')).toEqual([['1', '1']])
      expect(
        rowsOf(family, 'orders')
          ?.map(([id]) => id)
          .sort(),
      ).toEqual(['1', '2'])
      // What a restore would wipe, and then with the table otherwise than it was: all its rows, but for theirs.
      const carried = async (now: SnapshotRef) =>
        rowsOf(await collect(forgetting, now, { kind: 'difference', against: [then], scope: 'crm' }), 'clients')
      expect(await carried(await capture(portal, then))).toEqual([['1', 'Ann B.']])
      await portal.run('alter table crm.clients add column phone text')
      expect(await carried(await capture(portal))).toEqual([['1', 'Ann B.']])
    })

    test('left in the middle of a table, or stopped, nothing is left open', async () => {
      const portal = await portalOf()
      const then = await capture(portal)
      await portal.run(`insert into crm.deals (title) select 'new ' || n from generate_series(1, 50000) n`)
      const now = await capture(portal, then)
      const request: ExtractRequest = {
        portal: portal.ref,
        source: now,
        what: { kind: 'difference', against: [then], scope: 'crm' },
      }
      const seen = await postgresAdapter.extract(request, async ([deals]) => {
        for await (const row of deals?.read() ?? []) return row.values.length
        return 0
      })
      expect(seen).toBe(6)
      const stop = new AbortController()
      const stopped = postgresAdapter.extract(
        request,
        async ([deals]) => {
          for await (const _ of deals?.read() ?? []) stop.abort(new Error('stopped by hand'))
        },
        stop.signal,
      )
      await expect(stopped).rejects.toThrow('stopped by hand')
      await expectNobodyIn(portal, [now.databaseName, then.databaseName])
    })
  })
}

type Collected = Pick<ExtractedTable, 'schema' | 'table' | 'columns' | 'rows'> & {
  all: { change: string; values: (string | null)[] }[]
  sql: string
  jsonLines: string
}

async function collect(portal: Pick<TestPortal, 'ref'>, source: SnapshotRef, what: ExtractedRows): Promise<Collected[]> {
  return postgresAdapter.extract({ portal: portal.ref, source, what }, async (extracted) => {
    const collected: Collected[] = []
    for (const table of extracted) {
      const all: Collected['all'] = []
      for await (const row of table.read()) all.push(row)
      const text = async (write: typeof sqlOf) => {
        const parts: string[] = []
        for await (const part of write(table, (rows) => rows)) parts.push(part)
        return parts.join('')
      }
      expect(all).toHaveLength(table.rows)
      collected.push({ ...table, all, sql: await text(sqlOf), jsonLines: await text(jsonLinesOf) })
    }
    return collected
  })
}

/** The table, emptied, takes the file, and then holds exactly the rows that live has of what was extracted. */
async function expectReadBack(portal: TestPortal, { schema, table, rows, sql }: Collected): Promise<void> {
  const name = `${quoteName(schema)}.${quoteName(table)}`
  await withClient(portal.superUrl, portal.ref.databaseName, async (live) => {
    const contents = async (from: string) => {
      const { rows: found } = await live.query<{ row: string }>(`select t::text as row from only ${from} t order by 1`)
      return found.map(({ row }) => row)
    }
    await live.query(`set session_replication_role = replica; set app.loading = 'yes'; set search_path = crm, office, public`)
    const before = await contents(name)
    await live.query('begin')
    await live.query(`delete from only ${name}`)
    await live.query(sql.replaceAll('-- newer\n', '').replaceAll('-- changed\n', ''))
    const loaded = await contents(name)
    await live.query('rollback')
    expect(loaded, name).toHaveLength(rows)
    const left = [...before]
    for (const row of loaded) {
      const at = left.indexOf(row)
      expect(at, `${name}: ${row.slice(0, 200)}`).toBeGreaterThanOrEqual(0)
      left.splice(at, 1)
    }
  })
}

const asSuper = (portal: TestPortal, statements: string) =>
  withClient(portal.superUrl, portal.ref.databaseName, (live) => live.query(statements))

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

async function capture(portal: Pick<TestPortal, 'ref'>, previous: SnapshotRef | null = null): Promise<SnapshotRef> {
  const request = {
    portal: portal.ref,
    snapshotId: crypto.randomUUID(),
    purpose: 'snapshot',
    previous,
    mayBar: 'when_needed',
    barTimeoutMs: 10_000,
  } as const
  const captured = await postgresAdapter.capture(request, call())
  if (!captured.ok) throw new Error(`not captured: ${JSON.stringify(captured.refusal)}`)
  return { ...captured.snapshot, baseline: captured.baseline }
}
