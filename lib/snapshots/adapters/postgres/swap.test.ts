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
        const { portal, request } = await ready(moved)
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
        if (outcome === 'told') expect(fate).toBe('committed')
        expect(await copiesOf(portal)).toHaveLength(fate === 'committed' ? 3 : 2)
        await (await connect(portal.userUrl, portal.ref.databaseName)).end()
      },
    )
  })
}
