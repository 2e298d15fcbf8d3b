import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CaptureRequest } from '../../port.ts'
import { postgresAdapter as adapter } from './adapter.ts'
import { connect, urlOf } from './connect.ts'
import { readProperties } from './properties.ts'
import { call, copiesOf, hammer, makePortal, type TestPortal, watchDoors } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`a physical capture on ${server.name}`, () => {
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
    const portalNamed = async (name?: string) => {
      const portal = await makePortal(url, name)
      portals.push(portal)
      return portal
    }
    const requestOf = (portal: TestPortal, change: Partial<CaptureRequest> = {}): CaptureRequest => ({
      portal: portal.ref,
      snapshotId: crypto.randomUUID(),
      purpose: 'snapshot',
      previous: null,
      mayBar: 'when_needed',
      barTimeoutMs: 5_000,
      ...change,
    })

    test('holds every row, as a role that is no superuser, and verifies', async () => {
      const portal = await portalNamed()
      const captured = await adapter.capture(requestOf(portal), call())
      if (!captured.ok) throw new Error(captured.refusal.code)
      const rowsOf = Object.fromEntries(captured.manifest.tables.map((table) => [`${table.schema}.${table.table}`, table.rows]))
      expect(rowsOf).toEqual({ 'crm.companies': 20, 'crm.deals': 200, 'intranet.tasks': 50 })
      expect(captured).toMatchObject({ way: 'physical', sessionsEnded: 0, changes: null })
      expect(await adapter.verify(portal.ref, captured.snapshot, captured.manifest)).toEqual({ ok: true })
      expect(await adapter.list(portal.ref)).toMatchObject([{ id: captured.snapshot.id, purpose: 'snapshot' }])
      await adapter.prune(portal.ref, captured.snapshot)
      await adapter.prune(portal.ref, captured.snapshot)
      expect(await copiesOf(portal)).toEqual([])
    })

    test('a datastore may be known by the address of one of its portals: that one can be captured and restored too', async () => {
      const portal = await portalNamed()
      const ref = { ...portal.ref, adminUrl: urlOf(portal.ref.adminUrl, portal.ref.databaseName) }
      const captured = await adapter.capture({ ...requestOf(portal), portal: ref }, call())
      expect(captured).toMatchObject({ ok: true, way: 'physical' })
      expect((await adapter.health(ref, null)).problems).toEqual([])
    })

    test('I7 the same key gives the same snapshot, not a second one', async () => {
      const portal = await portalNamed()
      const request = requestOf(portal)
      const once = call()
      const first = await adapter.capture(request, once)
      const second = await adapter.capture(request, once)
      // The baseline is measured once.
      expect(second).toEqual({ ...first, baseline: null })
      expect(await copiesOf(portal)).toHaveLength(1)
    })

    test('S26 a row that changed in the stored copy is found, by table', async () => {
      const portal = await portalNamed()
      const captured = await adapter.capture(requestOf(portal), call())
      if (!captured.ok) throw new Error(captured.refusal.code)
      await portal.run(`alter database ${captured.snapshot.databaseName} allow_connections true`)
      await portal.ask('1', captured.snapshot.databaseName)
      const intruder = await connect(url, captured.snapshot.databaseName)
      await intruder.query(`update crm.deals set title = 'other' where id = 7`)
      await intruder.end()
      expect(await adapter.verify(portal.ref, captured.snapshot, captured.manifest)).toEqual({
        ok: false,
        problems: [{ schema: 'crm', table: 'deals', problem: 'holds other rows than it did' }],
      })
    })

    test('S96 nobody of the portal enters a copy, not for an instant, however often they try', async () => {
      const portal = await portalNamed()
      const names = () => copiesOf(portal)
      const doors = await watchDoors(url, [portal.user, portal.owner])
      const intruders = [hammer(portal.userUrl, names), hammer(portal.userUrl.replace(portal.user, portal.owner), names)]
      for (let n = 0; n < 3; n++) {
        const captured = await adapter.capture(requestOf(portal), call())
        if (!captured.ok) throw new Error(captured.refusal.code)
        await adapter.verify(portal.ref, captured.snapshot, captured.manifest)
        await adapter.prune(portal.ref, captured.snapshot)
      }
      const watched = await doors.stop()
      expect(watched.looks).toBeGreaterThan(100)
      expect(watched.open).toEqual([])
      const tried = await Promise.all(intruders.map((intruder) => intruder.stop()))
      expect(tried.every(({ tries }) => tries > 20)).toBe(true)
      expect(tried.flatMap(({ entered }) => entered)).toEqual([])
    })

    test('S96 the portal keeps its own connection limit, rights and settings', async () => {
      const portal = await portalNamed()
      await portal.run(
        `alter database ${portal.ref.databaseName} connection limit 7`,
        `alter database ${portal.ref.databaseName} set work_mem to '5MB'`,
      )
      const admin = await connect(url)
      const before = await readProperties(admin, portal.ref.databaseName)
      await adapter.capture(requestOf(portal), call())
      expect(await readProperties(admin, portal.ref.databaseName)).toEqual(before)
      await admin.end()
    })

    test('S96 a copy has its portal’s settings, whatever they are: a search path of nothing, one of odd names', async () => {
      const portal = await portalNamed()
      const admin = await connect(url)
      for (const path of [`''`, `'', "$user", "a, ""b""", crm, 'it''s'`]) {
        await portal.run(`alter database ${portal.ref.databaseName} set search_path to ${path}`)
        const { settings } = await readProperties(admin, portal.ref.databaseName)
        const captured = await adapter.capture(requestOf(portal), call())
        if (!captured.ok) throw new Error(captured.refusal.code)
        expect((await readProperties(admin, captured.snapshot.databaseName)).settings).toEqual(settings)
      }
      await admin.end()
    })

    test('copied whole again when that is wished for and makes comparisons cheaper; online all the same where it cannot be', async () => {
      const portal = await portalNamed()
      const first = await adapter.capture(requestOf(portal), call())
      if (!first.ok) throw new Error(first.refusal.code)
      const afresh = requestOf(portal, { previous: first.snapshot, afresh: true })
      const writesSummaries = server.name === 'embedded'
      expect(await adapter.capture(afresh, call())).toMatchObject({
        ok: true,
        way: writesSummaries ? 'physical' : 'online',
        physicalBecause: null,
        changes: { missing: 0, newer: 0, changed: 0 },
      })
      const root = await connect(url, portal.ref.databaseName)
      await root.query(`begin; insert into crm.companies (name) values ('held'); prepare transaction 'held afresh'`)
      expect(await adapter.capture({ ...afresh, snapshotId: crypto.randomUUID() }, call())).toMatchObject({
        ok: true,
        way: 'online',
        barredMs: 0,
      })
      await root.query(`rollback prepared 'held afresh'`)
      await root.end()
      expect(await copiesOf(portal)).toHaveLength(3)
    })

    test('S97 rows hidden by row security: a loud refusal before anything is barred, never an empty snapshot', async () => {
      const portal = await portalNamed()
      await portal.run(`alter table crm.deals enable row level security`, `alter table crm.deals force row level security`)
      await portal.run(`alter role ${portal.vendor} nobypassrls`)
      const captured = await adapter.capture(requestOf(portal), call())
      expect(captured).toEqual({ ok: false, refusal: { code: 'role_cannot_see_rows', facts: { tables: ['crm.deals'] } } })
      expect(await copiesOf(portal)).toEqual([])
      await portal.run(`alter role ${portal.vendor} bypassrls`)
      expect((await adapter.capture(requestOf(portal), call())).ok).toBe(true)
    })

    test.each(['Ünï "quoted" 100% \\ a/b?c#d', 'x'.repeat(63), 'Zażółć 🦆 gęślą'])(
      'S100 a portal called %s is captured, and captures never collide',
      async (name) => {
        const portal = await portalNamed(name)
        const both = [await adapter.capture(requestOf(portal), call()), await adapter.capture(requestOf(portal), call())]
        expect(both.map(({ ok }) => ok)).toEqual([true, true])
        expect(new Set(await copiesOf(portal)).size).toBe(2)
      },
    )

    test('S104 a stale collation version is carried as it is, and the capture goes on', async () => {
      const portal = await portalNamed()
      await portal.run(`update pg_database set datcollversion = '0.stale' where datname = current_database()`)
      const captured = await adapter.capture(requestOf(portal), call())
      if (!captured.ok) throw new Error(captured.refusal.code)
      expect(await portal.ask(`select datcollversion from pg_database where datname = '${captured.snapshot.databaseName}'`)).toBe(
        '0.stale',
      )
    })

    test('a capture that is cancelled or fenced off leaves no copy and no bar (I15, S107)', async () => {
      const portal = await portalNamed()
      const fenced = await adapter.capture(requestOf(portal), call({ mayCommit: async () => false }))
      expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
      const stopped = new AbortController()
      const watched = call({
        signal: stopped.signal,
        observe: async (boundary) => {
          if (boundary === 'capture.barred') stopped.abort(new Error('stopped by hand'))
        },
      })
      await expect(adapter.capture(requestOf(portal), watched)).rejects.toThrow('stopped by hand')
      expect(await copiesOf(portal)).toEqual([])
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })
  })
}
