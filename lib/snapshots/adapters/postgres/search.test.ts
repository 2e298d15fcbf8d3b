import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SearchRequest, SnapshotRef } from '../../port.ts'
import { postgresAdapter } from './adapter.ts'
import { connect, withClient } from './connect.ts'
import { call, expectNobodyIn, makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`searching on ${server.name}`, () => {
    let stop: () => Promise<void>
    let portal: TestPortal
    beforeAll(async () => {
      const started = await server.start()
      stop = started.stop
      portal = await makePortal(started.url)
    })
    afterAll(async () => {
      await portal.drop()
      await stop()
    })

    const capture = async (): Promise<SnapshotRef> => {
      const request = {
        portal: portal.ref,
        snapshotId: crypto.randomUUID(),
        purpose: 'snapshot',
        previous: null,
        mayBar: 'when_needed',
        barTimeoutMs: 10_000,
      } as const
      const captured = await postgresAdapter.capture(request, call())
      if (!captured.ok) throw new Error(captured.refusal.code)
      return captured.snapshot
    }
    const search = (words: string, points: SnapshotRef[], change: Partial<SearchRequest> = {}) =>
      postgresAdapter.search({
        portal: portal.ref,
        scope: 'full',
        points,
        words,
        columns: [],
        trail: null,
        limit: 20,
        timeLimitMs: 20_000,
        ...change,
      })

    test('S100 S101 odd names, partitions elsewhere, inheritance and secrets', async () => {
      await portal.run(
        `create schema "Crm % ""odd""\\" ; create table "Crm % ""odd""\\"."Łódź 💡 o'x" ("The Key" uuid primary key default gen_random_uuid(), "some ""text""" varchar(90))`,
        `insert into "Crm % ""odd""\\"."Łódź 💡 o'x" ("some ""text""") values ('oddly named zebra'), (U&'Z\\0061\\0328b zebra')`,
        `create table crm.visits (id bigint, day date, note text, primary key (id, day)) partition by range (day)`,
        `create table intranet.visits_old partition of crm.visits for values from ('2020-01-01') to ('2026-01-01')`,
        `create table crm.visits_new partition of crm.visits for values from ('2026-01-01') to ('2030-01-01')`,
        `insert into crm.visits values (1, '2025-05-05', 'zebra crossing'), (2, '2026-05-05', 'zebra house')`,
        `create table crm.base (id int primary key, name text); create table crm.child (primary key (id)) inherits (crm.base)`,
        `insert into crm.base values (1, 'zebra base'); insert into crm.child values (2, 'zebra child')`,
        `create table crm.loose (name text); insert into crm.loose values ('zebra loose')`,
        `create table crm.logins (id int primary key, name text, password_hash text, api_token text); insert into crm.logins values (1, 'x', 'zebra1', 'zebra2')`,
        `create unlogged table crm.scratch (id int primary key, name text); insert into crm.scratch values (1, 'zebra scratch')`,
      )
      const point = await capture()
      await portal.run(`delete from crm.visits where id = 1; update crm.visits set day = '2025-01-01' where id = 2`)
      const { records, leftOut, truncated } = await search('ZEBRA', [point])
      const shown = records.map(({ table, key, live, presentIn, inCrm }) => {
        const { id = 'uuid' } = key
        return `${table} ${id} ${live ? 'live' : 'gone'} ${presentIn.length} ${inCrm ? 'crm' : 'elsewhere'}`
      })
      expect(shown.sort()).toEqual([
        'base 1 live 1 crm',
        'child 2 live 1 crm',
        'visits 1 gone 1 crm',
        // Its key holds the day: moved to another, it is another record.
        'visits 2 gone 1 crm',
        'visits 2 live 0 crm',
        "Łódź 💡 o'x uuid live 1 elsewhere",
        "Łódź 💡 o'x uuid live 1 elsewhere",
      ])
      expect(truncated).toBe(false)
      expect(leftOut.map(({ table, why }) => `${table} ${why}`).sort()).toEqual(['loose no_key', 'scratch not_kept'])
      // Composed or not, with or without its accent.
      for (const words of ['ząb', 'ZA̧B', 'zab'])
        expect([words, (await search(words, [point])).records.length]).toEqual([words, 1])
      expect((await search('zebra', [point], { scope: 'crm' })).records.every(({ inCrm }) => inCrm)).toBe(true)
    })

    test('S64 what the portal withholds is not searched, on partitions and inheriting tables too', async () => {
      await portal.run(
        `create table crm.staff (id int primary key, name text, pin text); create table crm.temps (primary key (id)) inherits (crm.staff)`,
        `insert into crm.staff values (1, 'Ann', 'okapi-1'); insert into crm.temps values (2, 'Ben', 'okapi-2')`,
      )
      const point = await capture()
      expect((await search('okapi', [point])).records).toHaveLength(2)
      const withheld = { tables: [], columns: [{ table: { schema: 'crm', name: 'staff' }, columns: ['pin'] }] }
      expect((await search('okapi', [point], { portal: { ...portal.ref, withheld } })).records).toEqual([])
    })

    test('S66 a record that was erased is found nowhere, neither in a point nor as live has it now', async () => {
      await portal.run(
        `create table crm.wolves (den int, pup int, name text, primary key (den, pup))`,
        `insert into crm.wolves values (1, 1, 'grey wolf'), (1, 2, 'grey wolf too'), (2, 1, 'third grey wolf')`,
      )
      const point = await capture()
      await portal.run(`delete from crm.wolves where den = 1; update crm.wolves set name = 'no grey wolf' where den = 2`)
      const erased = [
        {
          table: { schema: 'crm', name: 'wolves' },
          columns: ['pup', 'den'],
          keys: [
            ['2', '1'],
            ['1', '2'],
          ],
        },
      ]
      const forgetting = { ...portal.ref, protection: { tables: [], columns: [], erased } }
      const found = async (ref: SearchRequest['portal']) =>
        (await search('grey wolf', [point], { portal: ref })).records.map(({ key }) => Object.values(key).join('-')).sort()
      expect(await found(portal.ref)).toEqual(['1-1', '1-2', '2-1'])
      expect(await found(forgetting)).toEqual(['1-1'])
    })

    test('S28 the columns that people know are told, and who deleted it where the portal writes that down', async () => {
      await portal.run(
        `create table intranet.audit_log (id bigint generated always as identity, at timestamptz not null default now(), who text, action text, entity text, entity_id bigint)`,
      )
      const point = await capture()
      await portal.run(
        `delete from crm.deals where title = 'Deal 77'`,
        `insert into intranet.audit_log (who, action, entity, entity_id, at) values ('Bob', 'DELETE', 'deals', 77, '2026-01-02 03:04:05+00'), ('Eve', 'delete', 'companies', 77, now())`,
      )
      const columns = [{ schema: 'crm', table: 'deals', titleColumn: 'title', whoColumn: 'entered_by', whenColumn: 'gone since' }]
      const trail = {
        schema: 'intranet',
        table: 'audit_log',
        actionColumn: 'action',
        entityColumn: 'entity',
        keyColumn: 'entity_id',
        whoColumn: 'who',
        whenColumn: 'at',
      }
      const found = await search('deal 77', [point], { columns, trail, limit: 1 })
      expect(found.records).toEqual([
        {
          schema: 'crm',
          table: 'deals',
          key: { id: '77' },
          title: 'Deal 77',
          who: 'ann',
          when: null,
          inCrm: true,
          live: false,
          presentIn: [point.id],
          unknownIn: [],
          changedSince: null,
          deleted: { who: 'Bob', when: '2026-01-02 03:04:05+00' },
          inBin: null,
        },
      ])
      const broken = await search('deal 77', [point], { columns, trail: { ...trail, whoColumn: 'nobody' }, limit: 1 })
      expect(broken.records.map(({ deleted }) => deleted)).toEqual([null])
    })

    test('a table that has gone since, a point that has gone, and a time that is over: said, never guessed', async () => {
      await portal.run(
        `create table crm.letters (id int primary key, body text); insert into crm.letters values (1, 'walrus')`,
        `create table crm.memos (id int primary key, body text); insert into crm.memos values (1, 'walrus memo')`,
      )
      const [older, newer] = [await capture(), await capture()]
      await portal.run('drop table crm.letters', 'alter table crm.memos drop constraint memos_pkey')
      await postgresAdapter.prune(portal.ref, newer)
      const { records } = await search('walrus', [newer, older])
      expect(records).toMatchObject([
        { table: 'letters', live: false, presentIn: [older.id], unknownIn: [newer.id] },
        { table: 'memos', live: null, presentIn: [older.id], unknownIn: [newer.id] },
      ])
      const late = await search('walrus', [older], { timeLimitMs: 0 })
      expect(late.records).toEqual([])
      expect(late.leftOut.map(({ why }) => why)).toContain('not_reached')
    })

    test('S115 a table that somebody holds locked is named and does not stop the others', async () => {
      const point = await capture()
      await withClient(portal.superUrl, portal.ref.databaseName, async (other) => {
        await other.query('begin; lock table crm.deals in access exclusive mode')
        const { records, leftOut, durationMs } = await search('20', [point], { timeLimitMs: 4_000 })
        expect(leftOut).toContainEqual({ schema: 'crm', table: 'deals', why: 'too_slow' })
        const known = records.map(({ table, live }) => `${table} ${live}`)
        expect(known).toContain('companies true')
        expect(known.filter((one) => one.startsWith('deals') && one !== 'deals null')).toEqual([])
        expect(durationMs).toBeLessThan(8_000)
        await other.query('rollback')
      })
    })

    test('S115 the copies stay closed, a search leaves no session, and one that is cancelled ends', async () => {
      const point = await capture()
      const stop = new AbortController()
      stop.abort(new Error('stopped by hand'))
      const request = { portal: portal.ref, scope: 'full', points: [point], columns: [], trail: null, limit: 9 } as const
      await expect(
        postgresAdapter.search({ ...request, points: [point], columns: [], words: 'deal', timeLimitMs: 9_000 }, stop.signal),
      ).rejects.toThrow('stopped by hand')
      await search('deal', [point])
      await expect(connect(portal.superUrl, point.databaseName)).rejects.toThrow('not currently accepting connections')
      await expectNobodyIn(portal, [point.databaseName])
    })
  })
}
