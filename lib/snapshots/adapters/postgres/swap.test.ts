import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Boundary, boundaries, type Captured, type RestoreRequest, restoreTraceSchema } from '../../port.ts'
import { postgresAdapter as adapter } from './adapter.ts'
import { connect, quoteName, withClient } from './connect.ts'
import { readProperties } from './properties.ts'
import { call, copiesOf, hammer, makePortal, type TestPortal, watchDoors } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`a swap by rename on ${server.name}`, () => {
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

    /** A portal with a snapshot, changed since, with a safety copy and a consent to the loss. */
    const ready = async (
      change: string[],
      before: string[] = [],
    ): Promise<{ portal: TestPortal; snapshot: Captured; request: RestoreRequest }> => {
      const portal = await makePortal(url)
      portals.push(portal)
      await portal.run(...before)
      const snapshot = await captureOf(portal, 'snapshot')
      await portal.run(...change)
      const safety = await captureOf(portal, 'safety')
      const comparison = await adapter.compare({
        portal: portal.ref,
        snapshot: snapshot.snapshot,
        scope: 'full',
        columns: [],
        examplesPerTable: 3,
        edgeHandling: { '*': 'null' },
      })
      return {
        portal,
        snapshot,
        request: {
          portal: portal.ref,
          snapshot: snapshot.snapshot,
          safety: safety.snapshot,
          scope: 'full',
          way: 'swap',
          edgeHandling: { '*': 'null' },
          consented: { digest: comparison.digest, wiped: comparison.wiped, toleranceRows: 0 },
          journalDirectory: portal.directory,
          giveBackFrom: null,
          limits: { lockWaitMs: 5_000, lockHeldMs: 10_000 },
        },
      }
    }
    const captureOf = async (portal: TestPortal, purpose: 'snapshot' | 'safety') => {
      const captured = await adapter.capture(
        {
          portal: portal.ref,
          snapshotId: crypto.randomUUID(),
          purpose,
          previous: null,
          mayBar: 'when_needed',
          barTimeoutMs: 5_000,
        },
        call(),
      )
      if (!captured.ok) throw new Error(captured.refusal.code)
      return captured
    }
    const deals = (portal: TestPortal, databaseName?: string) => portal.ask('select count(*) from crm.deals', databaseName)

    const moved = [
      `delete from crm.deals where id <= 50`,
      `insert into crm.deals (title) values ('since')`,
      `alter table crm.deals add column phone text`,
    ]

    test('S108 a moved structure goes back with its rows; the replaced database is kept, and undo by swap brings it back', async () => {
      const { portal, request, snapshot } = await ready(moved)
      const done = await adapter.restore(request, call())
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      expect(await deals(portal)).toBe('200')
      expect(
        await portal.ask(`select count(*) from pg_attribute where attrelid = 'crm.deals'::regclass and attname = 'phone'`),
      ).toBe('0')
      // The deals' table moved, so all of it counts; the fifty tasks lost their deal by the foreign key.
      expect(done.total).toEqual({ missing: 200, newer: 151, changed: 50 })
      const kept = done.replaced
      if (!kept) throw new Error('nothing was kept')
      expect(await adapter.list(portal.ref)).toHaveLength(3)
      const comparison = await adapter.compare({
        portal: portal.ref,
        snapshot: kept,
        scope: 'full',
        columns: [],
        examplesPerTable: 3,
        edgeHandling: {},
      })
      const consented = { digest: comparison.digest, wiped: comparison.wiped, toleranceRows: 0 }
      const undone = await adapter.undo({ ...request, snapshot: kept, safety: snapshot.snapshot, consented }, call())
      if (!undone.ok) throw new Error(JSON.stringify(undone.refusal))
      expect(await deals(portal)).toBe('151')
      expect(await portal.ask('select count(phone) from crm.deals')).toBe('0')
    })

    test('S96 owner, rights, limit, comment and settings are as before; nobody of the portal enters what was replaced', async () => {
      const { portal, request } = await ready(moved)
      const name = quoteName(portal.ref.databaseName)
      await portal.run(
        `alter database ${name} connection limit 9`,
        `comment on database ${name} is 'the customer''s own words'`,
        `revoke all on database ${name} from public`,
        `grant connect on database ${name} to ${portal.user} with grant option`,
        `alter database ${name} set search_path to crm, public`,
        `alter database ${name} set work_mem to '7MB'`,
        `alter database ${name} set "app.mode" to 'it''s so'`,
        `grant set on parameter "app.mode" to ${portal.vendor}`,
      )
      const before = await withClient(url, undefined, (admin) => readProperties(admin, portal.ref.databaseName))
      const intruders = [
        hammer(portal.userUrl, () => copiesOf(portal)),
        hammer(portal.userUrl.replace(portal.user, portal.owner), () => copiesOf(portal)),
      ]
      const doors = await watchDoors(url, [portal.user, portal.owner])
      const done = await adapter.restore(request, call())
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      const replaced = done.replaced
      if (!replaced) throw new Error('nothing was kept')
      await adapter.describe(portal.ref, replaced)
      expect((await doors.stop()).open).toEqual([])
      const tried = await Promise.all(intruders.map((intruder) => intruder.stop()))
      expect(tried.every(({ tries }) => tries > 10)).toBe(true)
      expect(tried.flatMap(({ entered }) => entered)).toEqual([])
      expect(await withClient(url, undefined, (admin) => readProperties(admin, portal.ref.databaseName))).toEqual(before)
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    test('S96 settings of single roles are carried by a role that may, and refused before the bar by one that may not', async () => {
      const { portal, request } = await ready(moved)
      await portal.run(`alter role ${portal.user} in database ${quoteName(portal.ref.databaseName)} set work_mem to '6MB'`)
      const barred: string[] = []
      const refused = await adapter.restore(request, call({ observe: async (boundary) => void barred.push(boundary) }))
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'role_lacks_right' } })
      expect(barred).not.toContain('swap.bar')
      expect(await deals(portal)).toBe('151')
      const asRoot = { ...request, portal: { ...portal.ref, adminUrl: url } }
      const done = await adapter.restore(asRoot, call())
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      expect(
        await portal.ask(
          `select setconfig from pg_db_role_setting s join pg_database d on d.oid = setdatabase and datname = current_database() where setrole <> 0`,
        ),
      ).toBe('{work_mem=6MB}')
    })

    test('R11 I4 what people entered between the comparison and the bar is not wiped: refused, and the portal is open', async () => {
      const { portal, request } = await ready([`delete from crm.deals where id <= 50`])
      const grown = await adapter.restore(
        request,
        call({
          observe: async (boundary) => {
            if (boundary === 'swap.bar') await portal.run(`insert into crm.deals (title) values ('at the last moment')`)
          },
        }),
      )
      expect(grown).toEqual({ ok: false, refusal: { code: 'loss_grew', facts: { rows: 1, toleranceRows: 0 } } })
      expect(await deals(portal)).toBe('151')
      expect(await copiesOf(portal)).toHaveLength(2)
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    test('I15 a worker that lost its lease renames nothing', async () => {
      const { portal, request } = await ready(moved)
      const fenced = await adapter.restore(request, call({ mayCommit: async () => false }))
      expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
      expect(await deals(portal)).toBe('151')
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    test('I5 R12 S55 without a finished safety copy nothing is touched; a crm restore cannot be a swap', async () => {
      const { portal, request } = await ready(moved)
      const none = await adapter.restore({ ...request, safety: { id: 'x', databaseName: 'rd_nothing' } }, call())
      expect(none).toMatchObject({ ok: false, refusal: { code: 'safety_copy_missing' } })
      expect(await adapter.restore({ ...request, scope: 'crm' }, call())).toMatchObject({
        ok: false,
        refusal: { code: 'swap_needs_full' },
      })
      expect(await deals(portal)).toBe('151')
    })

    test('S70 no number is given twice: sequences go on from the higher of live and restore point, up to the last instant', async () => {
      const { portal, request } = await ready(
        [
          ...moved,
          "select setval('counting.up', 500), setval('counting.down', -70), setval('counting.round', 3), nextval('counting.fresh')",
          "select setval('counting.reset', 5)",
        ],
        [
          `create schema counting; create sequence counting.up; create sequence counting.down increment -1; create sequence counting.round maxvalue 10 cycle;
           create sequence counting.fresh; create sequence counting.reset`,
          "select setval('counting.up', 20), setval('counting.down', -5), setval('counting.round', 8), setval('counting.reset', 90)",
        ],
      )
      const late = async (boundary: Boundary) => {
        if (boundary === 'swap.bar') await portal.run("select setval('counting.up', 700)")
      }
      const done = await adapter.restore(request, call({ observe: late }))
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      const next = (name: string) => portal.ask(`select nextval('${name}')`)
      expect(await next('counting.up')).toBe('701')
      expect(await next('counting.down')).toBe('-71')
      expect(await next('counting.fresh')).toBe('2')
      // Live was set back by hand: what the restore point had given out is given out.
      expect(await next('counting.reset')).toBe('91')
      // Where a cycling one stands says nothing about what was given out.
      expect(await next('counting.round')).toBe('9')
      await portal.run("insert into crm.deals (title) values ('next')")
      expect(await portal.ask("select id from crm.deals where title = 'next'")).toBe('202')
    })

    const guarded = (portal: TestPortal, request: RestoreRequest): RestoreRequest => {
      const protection = {
        tables: [{ schema: 'intranet', name: 'log' }],
        columns: [
          {
            table: { schema: 'intranet', name: 'people' },
            columns: [
              { name: 'active', whenBack: { set: 'false' } },
              { name: 'password', whenBack: { set: null } },
            ],
          },
        ],
      }
      return { ...request, portal: { ...portal.ref, protection } }
    }
    const office = [
      `create table intranet.people (id int primary key, name text not null, active boolean not null, password text);
       create table intranet.log (id bigint generated always as identity primary key, what text not null, deal_id bigint references crm.deals on delete set null);
       insert into intranet.people values (1, 'Ann', true, 'a'), (2, 'Bob', true, 'b'), (3, 'Cid', true, 'c');
       insert into intranet.log (what, deal_id) values ('made', 1), ('made', 120)`,
    ]
    const sinceThen = [
      `update intranet.people set active = false, password = null, name = 'Bob B.' where id = 2; delete from intranet.people where id = 3;
       insert into intranet.people values (4, 'Dee', true, 'd'); insert into intranet.log (what, deal_id) select 'since', max(id) from crm.deals;
       delete from intranet.log where deal_id = 120`,
    ]
    const people = (portal: TestPortal) =>
      portal.ask("select string_agg(concat_ws(' ', id, name, active, password), ', ' order by id) from intranet.people")
    const log = (portal: TestPortal) =>
      portal.ask("select string_agg(concat_ws(' ', id, what, deal_id), ', ' order by id) from intranet.log")

    test('S64 S68 protected tables and columns change places with nothing: they are carried into what takes the portal’s place, until the last instant', async () => {
      const { portal, request } = await ready([...moved, ...sinceThen], office)
      const order = guarded(portal, request)
      const comparison = await adapter.compare({ ...order, columns: [], examplesPerTable: 0 })
      expect(comparison.refusals.swap).toBeNull()
      expect(comparison.kept).toMatchObject({ tables: [{ rows: 3 }], columns: [{ rows: 1 }] })
      // S71 told beforehand, though the structure of deals has moved and they are not compared row by row.
      const link = { constraint: 'intranet.log.log_deal_id_fkey', rows: 1, handling: 'null' } as const
      expect(comparison.edges).toMatchObject([{ ...link, keptBy: ['deal_id'] }])
      const rehearsed = await adapter.rehearse(order, call())
      if (!rehearsed.ok) throw new Error(JSON.stringify(rehearsed.refusal))
      const late = async (boundary: Boundary) => {
        if (boundary === 'swap.bar')
          await portal.run(
            "insert into intranet.log (what) values ('late')",
            'update intranet.people set active = false, password = null where id = 1',
          )
      }
      const { digest, wiped } = comparison
      const done = await adapter.restore({ ...order, consented: { digest, wiped, toleranceRows: 1 } }, call({ observe: late }))
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      expect(await deals(portal)).toBe('200')
      expect(await people(portal)).toBe('1 Ann f, 2 Bob f, 3 Cid f')
      // S71 the deal that the newest line spoke of is gone.
      expect(await log(portal)).toBe('1 made, 3 since, 4 late')
      expect(done.edges).toEqual([link])
      await portal.run("insert into intranet.log (what) values ('after')")
      expect(await log(portal)).toBe('1 made, 3 since, 4 late, 5 after')

      // The way back keeps today's too, and gives the log its deals again.
      const back = { ...order, snapshot: done.replaced ?? order.snapshot, giveBackFrom: portal.directory }
      const undo = await adapter.compare({ ...back, columns: [], examplesPerTable: 0 })
      const consented = { digest: undo.digest, wiped: undo.wiped, toleranceRows: 0 }
      const directory = join(portal.directory, 'undo')
      const undone = await adapter.undo({ ...back, consented, journalDirectory: directory }, call())
      if (!undone.ok) throw new Error(JSON.stringify(undone.refusal))
      expect(await deals(portal)).toBe('151')
      expect(await people(portal)).toBe('1 Ann f, 2 Bob B. f, 4 Dee f')
      expect(await log(portal)).toBe('1 made, 3 since 201, 4 late, 5 after')
    })

    test.each<[string, string[], string, string]>([
      [
        'an account deleted, a line rewritten, a line deleted',
        [
          'delete from intranet.people where id = 1',
          "update intranet.log set what = 'since!' where id = 3",
          'delete from intranet.log where id = 1',
        ],
        '1 Ann f, 2 Bob f, 3 Cid f',
        '3 since!',
      ],
      ['all accounts taken away', ['truncate intranet.people'], '1 Ann f, 2 Bob f, 3 Cid f', '1 made, 3 since'],
      [
        'an account made again',
        ["insert into intranet.people values (3, 'Cid', true, 'new')"],
        '1 Ann t a, 2 Bob f, 3 Cid t new',
        '1 made, 3 since',
      ],
    ])(
      'S64 S68 what is done to protected data between the first carrying and the bar holds: %s',
      async (_, last, accounts, lines) => {
        const { portal, request } = await ready([...moved, ...sinceThen], office)
        const late = async (boundary: Boundary) => {
          if (boundary === 'swap.bar') await portal.run(...last)
        }
        const order = guarded(portal, request)
        const consented = { ...order.consented, toleranceRows: 5 }
        const done = await adapter.restore({ ...order, consented }, call({ observe: late }))
        if (!done.ok) throw new Error(JSON.stringify(done.refusal))
        expect(await people(portal)).toBe(accounts)
        expect(await log(portal)).toBe(lines)
      },
    )

    test('S64 S68 what is protected and is not the same any more cannot be carried: refused beforehand and by the rehearsal, and nothing is replaced', async () => {
      const { portal, request } = await ready([...moved, 'alter table intranet.log add column who text'], office)
      const order = guarded(portal, request)
      const refusal = { code: 'swap_loses_protected', facts: { tables: ['intranet.log'] } }
      expect((await adapter.compare({ ...order, columns: [], examplesPerTable: 0 })).refusals.swap).toEqual(refusal)
      expect(await adapter.rehearse(order, call())).toEqual({ ok: false, refusal })
      expect(await adapter.restore(order, call())).toEqual({ ok: false, refusal })
      expect(await deals(portal)).toBe('151')
      expect(await copiesOf(portal)).toHaveLength(2)
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    const clients = [
      `create table intranet.clients (id int primary key, name text not null, referrer int references intranet.clients);
       create table intranet.calls (id int primary key, client_id int not null references intranet.clients, what text);
       create table intranet.orders (id int primary key, client_id int references intranet.clients, what text);
       insert into intranet.clients values (1, 'Ann', null), (2, 'Bob', 1), (3, 'Cid', 2), (4, 'Dee', 2);
       insert into intranet.calls values (1, 1, 'Ann called'), (2, 2, 'Bob called'), (3, 3, 'Cid called'), (4, 4, 'Dee called');
       insert into intranet.orders values (1, 1, 'of Ann'), (2, 2, 'of Bob')`,
    ]
    const erasing = [
      `update intranet.clients set referrer = null where referrer = 2; update intranet.orders set client_id = null where client_id = 2;
       delete from intranet.calls where client_id = 2; delete from intranet.clients where id = 2;
       insert into intranet.clients values (5, 'Eve', null); update intranet.clients set name = 'erased', referrer = 5 where id = 3; delete from intranet.calls where client_id = 4;
       delete from intranet.clients where id = 4`,
    ]
    const forgetting = (request: RestoreRequest, ...ids: string[]): RestoreRequest => {
      const erased = [{ table: { schema: 'intranet', name: 'clients' }, columns: ['id'], keys: ids.map((id) => [id]) }]
      return { ...request, portal: { ...request.portal, protection: { tables: [], columns: [], erased } } }
    }
    const clientsOf = (portal: TestPortal) =>
      portal.ask("select string_agg(concat_ws(' ', id, name, referrer), ', ' order by id) from intranet.clients")
    const callsOf = (portal: TestPortal) => portal.ask("select string_agg(what, ', ' order by id) from intranet.calls")

    test('S66 a whole database that takes live’s place brings nobody back who was erased, up to the last instant, nor does the way back', async () => {
      const { portal, request } = await ready([...moved, ...erasing], clients)
      const order = forgetting(request, '1', '2', '3')
      const comparison = await adapter.compare({ ...order, columns: [], examplesPerTable: 0 })
      expect(comparison.refusals.swap).toBeNull()
      // Bob and Cid would have come back, and Bob's call with him; Ann is still there as she was.
      expect(comparison.kept?.erased).toEqual({ records: 2, fallen: 1 })
      const late = async (boundary: Boundary) => {
        if (boundary === 'swap.bar')
          await portal.run(
            'delete from intranet.calls where client_id = 1; update intranet.orders set client_id = null; delete from intranet.clients where id = 1',
          )
      }
      const consented = { digest: comparison.digest, wiped: comparison.wiped, toleranceRows: 5 }
      const done = await adapter.restore({ ...order, consented }, call({ observe: late }))
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      expect(await deals(portal)).toBe('200')
      expect(await clientsOf(portal)).toBe('3 erased, 4 Dee')
      expect(await callsOf(portal)).toBe('Cid called, Dee called')
      expect(await portal.ask("select string_agg(concat_ws(' ', what, client_id), ', ' order by id) from intranet.orders")).toBe(
        'of Ann, of Bob',
      )

      // The replaced database still holds Dee's absence and Eve; Cid is erased on the way back too.
      await portal.run("update intranet.clients set name = 'gone' where id = 3")
      const back = { ...order, snapshot: done.replaced ?? order.snapshot, giveBackFrom: portal.directory }
      const undo = await adapter.compare({ ...back, columns: [], examplesPerTable: 0 })
      const undone = await adapter.undo(
        {
          ...back,
          consented: { digest: undo.digest, wiped: undo.wiped, toleranceRows: 0 },
          journalDirectory: join(portal.directory, 'undo'),
        },
        call(),
      )
      if (!undone.ok) throw new Error(JSON.stringify(undone.refusal))
      expect(await clientsOf(portal)).toBe('3 gone, 5 Eve')
      expect(await callsOf(portal)).toBe('Cid called')
    })

    test('S66 who was overwritten in a table that is not the same any more cannot be carried: refused beforehand, and nothing is replaced', async () => {
      const { portal, request } = await ready([...erasing, 'alter table intranet.clients add column phone text'], clients)
      const refusal = { code: 'swap_loses_protected', facts: { tables: ['intranet.clients'] } }
      const overwritten = forgetting(request, '3')
      expect((await adapter.compare({ ...overwritten, columns: [], examplesPerTable: 0 })).refusals.swap).toEqual(refusal)
      expect(await adapter.restore(overwritten, call())).toEqual({ ok: false, refusal })
      // Who is gone needs no such table, and is taken out of it.
      const done = await adapter.restore(
        { ...forgetting(request, '2'), consented: { ...request.consented, toleranceRows: 9 } },
        call(),
      )
      if (!done.ok) throw new Error(JSON.stringify(done.refusal))
      expect(await clientsOf(portal)).toBe('1 Ann, 3 Cid, 4 Dee')
      expect(await callsOf(portal)).toBe('Ann called, Cid called, Dee called')
    })

    test('S64 S71 what is protected and may not be carried as configured leaves the portal wholly old', async () => {
      const { portal, request } = await ready([...moved, ...sinceThen], office)
      const order = { ...guarded(portal, request), edgeHandling: { '*': 'refuse' as const } }
      const { refusals } = await adapter.compare({ ...order, columns: [], examplesPerTable: 0 })
      expect(refusals.swap).toEqual({ code: 'reference_refused', facts: { edge: 'intranet.log.log_deal_id_fkey', rows: 1 } })
      const refused = await adapter.restore(order, call())
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'reference_refused' } })
      expect(await people(portal)).toBe('1 Ann t a, 2 Bob B. f, 4 Dee t d')
      expect(await copiesOf(portal)).toHaveLength(2)
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    test.each(['null', 'keep'] as const)(
      'S65 S71 a link that a protected column gets to what came since is never broken unsaid, even at the last instant; configured: %s',
      async (configured) => {
        const agents = `create table crm.agents (id int primary key); insert into crm.agents values (1);
          alter table crm.deals add column agent_id int references crm.agents; update crm.deals set agent_id = 1`
        const { portal, request } = await ready([...moved], [agents])
        const table = { schema: 'crm', name: 'deals' }
        const columns = [{ name: 'agent_id', whenBack: 'as_then' as const }]
        const order: RestoreRequest = {
          ...request,
          portal: { ...portal.ref, protection: { tables: [], columns: [{ table, columns }] } },
          edgeHandling: { '*': configured },
          consented: { ...request.consented, toleranceRows: 9 },
        }
        const late = async (boundary: Boundary) => {
          if (boundary === 'swap.bar')
            await portal.run(
              'insert into crm.agents values (2)',
              'update crm.deals set agent_id = 2 where id between 101 and 103',
            )
        }
        const done = await adapter.restore(order, call({ observe: late }))
        const edge = 'crm.deals.deals_agent_id_fkey'
        if (configured === 'keep')
          expect(done).toMatchObject({ ok: true, edges: [{ constraint: edge, rows: 3, handling: 'keep' }] })
        else expect(done).toMatchObject({ ok: false, refusal: { code: 'reference_not_nullable', facts: { edge, rows: 3 } } })
        // Whole either way: what was restored with today's agents, or what was there.
        expect(await portal.ask('select count(*) from crm.deals where agent_id = 2')).toBe('3')
        expect(await portal.ask('select count(*) from crm.agents')).toBe(configured === 'keep' ? '1' : '2')
      },
    )

    test('S53 S26 a stored copy that no longer holds what it held never takes the portal’s place', async () => {
      const { portal, request, snapshot } = await ready(moved)
      const stored = quoteName(snapshot.snapshot.databaseName)
      await portal.run(`alter database ${stored} allow_connections true`)
      await withClient(url, snapshot.snapshot.databaseName, (intruder) =>
        intruder.query('delete from intranet.tasks where id = 3'),
      )
      const refused = await adapter.restore(request, call())
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'contents_differ' } })
      expect(await deals(portal)).toBe('151')
    })

    test('S104 a replication slot of the database is named before anything is made', async () => {
      const { portal, request } = await ready(moved)
      await portal.ask(`select slot_name from pg_create_logical_replication_slot('slot_${portal.user}', 'pgoutput')`)
      const refused = await adapter.restore(request, call())
      expect(refused).toEqual({ ok: false, refusal: { code: 'replication_slots', facts: { slots: [`slot_${portal.user}`] } } })
      expect((await adapter.health(portal.ref, null)).notes.join()).toContain(`slot_${portal.user}`)
      await portal.ask(`select pg_drop_replication_slot('slot_${portal.user}')`)
    })

    test.each<Boundary>([...boundaries.swap])(
      'S50 the connection dies at %s: wholly old or wholly new, and it is known which',
      async (boundary) => {
        const { portal, request: bare } = await ready([...moved, ...sinceThen], office)
        const request = { ...guarded(portal, bare), consented: { ...bare.consented, toleranceRows: 5 } }
        let trace: unknown = null
        const outcome = await adapter
          .restore(
            request,
            call({
              observe: async (passed, detail) => {
                if (passed === 'swap.commit') trace = detail
                if (passed === boundary)
                  await withClient(url, undefined, (root) =>
                    root.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1`, [
                      portal.vendor,
                    ]),
                  )
              },
            }),
          )
          .then(
            () => 'told',
            () => 'lost',
          )
        await adapter.recover({ portal: portal.ref, keep: [request.snapshot, request.safety], busy: [] })
        const fate = trace === null ? 'rolled_back' : await adapter.whatBecame(portal.ref, restoreTraceSchema.parse(trace))
        expect(await deals(portal)).toBe(fate === 'committed' ? '200' : '151')
        expect(await people(portal)).toBe(
          fate === 'committed' ? '1 Ann t a, 2 Bob f, 3 Cid f' : '1 Ann t a, 2 Bob B. f, 4 Dee t d',
        )
        expect(await log(portal)).toBe(fate === 'committed' ? '1 made, 3 since' : '1 made, 3 since 201')
        if (outcome === 'told') expect(fate).toBe('committed')
        expect(await copiesOf(portal)).toHaveLength(fate === 'committed' ? 3 : 2)
        await (await connect(portal.userUrl, portal.ref.databaseName)).end()
      },
    )
  })
}
