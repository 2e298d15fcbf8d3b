import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Captured, SnapshotRef } from '../../port.ts'
import { postgresAdapter as adapter } from './adapter.ts'
import { withClient } from './connect.ts'
import { call, makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`ways to compare what was captured, on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    let best: 'wal_summaries' | 'watermark'
    const portals: TestPortal[] = []
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
      const summaries = await withClient(url, undefined, (admin) =>
        admin.query<{ on: boolean }>(`select coalesce(current_setting('summarize_wal', true)::bool, false) as on`),
      )
      best = summaries.rows[0]?.on ? 'wal_summaries' : 'watermark'
    })
    afterAll(async () => {
      for (const portal of portals) await portal.drop()
      await stop()
    })

    const portalWithRights = async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      await withClient(url, undefined, (admin) => admin.query(`grant pg_checkpoint to ${portal.vendor}`))
      return portal
    }
    const captureOf = async (portal: TestPortal, previous: SnapshotRef | null): Promise<Captured & { ref: SnapshotRef }> => {
      const snapshotId = crypto.randomUUID()
      const request = { portal: portal.ref, snapshotId, purpose: 'snapshot', previous, barTimeoutMs: 5_000 } as const
      const captured = await adapter.capture({ ...request, mayBar: 'when_needed' }, call())
      if (!captured.ok) throw new Error(captured.refusal.code)
      return { ...captured, ref: { ...captured.snapshot, baseline: captured.baseline } }
    }
    const waysOf = async (portal: TestPortal, snapshot: SnapshotRef) => {
      const check = await adapter.crossCheck(portal.ref, snapshot)
      expect(check.agree).toBe(true)
      return check.ways.map(({ method }) => method)
    }

    test('a copy of the files, and one brought up to date from it, go the best way the server has, and agree with the oracle', async () => {
      const portal = await portalWithRights()
      const first = await captureOf(portal, null)
      await portal.run('delete from crm.deals where id <= 50', `update intranet.tasks set title = 'later' where id = 7`)
      const second = await captureOf(portal, first.ref)
      expect([first.way, second.way]).toEqual(['physical', 'online'])
      await portal.run(
        `insert into crm.deals (title) select 'since ' || n from generate_series(1, 30) n`,
        'delete from crm.deals where id between 60 and 70',
      )
      expect(await waysOf(portal, first.ref)).toEqual(['exact', 'watermark', best])
      expect(await waysOf(portal, second.ref)).toEqual(['exact', 'watermark', best])
      const third = await captureOf(portal, second.ref)
      expect(await waysOf(portal, third.ref)).toEqual(['exact', 'watermark', best])
      const request = {
        portal: portal.ref,
        scope: 'full' as const,
        columns: [],
        examplesPerTable: 0,
        edgeHandling: { '*': 'null' as const },
      }
      const quick = await adapter.compare({ ...request, snapshot: first.ref })
      const exact = await adapter.compare({ ...request, snapshot: first.snapshot })
      expect([quick.method, exact.method]).toEqual([best, 'exact'])
      expect({ digest: quick.digest, tables: quick.tables }).toEqual({ digest: exact.digest, tables: exact.tables })
    })

    test('after a restore in place they still agree; after a swap the portal is another database, read whole', async () => {
      const portal = await portalWithRights()
      const { ref } = await captureOf(portal, null)
      const later = await captureOf(portal, ref)
      for (const way of ['in_place', 'swap'] as const) {
        await portal.run('delete from crm.deals where id <= 50', `insert into crm.deals (title) values ('since')`)
        const safety = await captureOf(portal, null)
        const asked = { portal: portal.ref, snapshot: ref, scope: 'full', edgeHandling: { '*': 'null' } } as const
        const { digest, wiped } = await adapter.compare({ ...asked, columns: [], examplesPerTable: 0 })
        const restored = await adapter.restore(
          {
            ...asked,
            safety: safety.snapshot,
            way,
            consented: { digest, wiped, toleranceRows: 0 },
            journalDirectory: portal.directory,
            giveBackFrom: null,
            limits: { lockWaitMs: 5_000, lockHeldMs: 10_000 },
          },
          call(),
        )
        expect(restored).toMatchObject({ ok: true })
        const ways = way === 'swap' ? ['exact', 'exact', 'exact'] : ['exact', 'watermark', best]
        await portal.run('update crm.deals set amount = 0 where id = 90')
        for (const snapshot of [ref, later.ref, safety.ref]) expect(await waysOf(portal, snapshot)).toEqual(ways)
      }
    })

    test('without the right to a checkpoint the watermark is the best way', async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      const { ref } = await captureOf(portal, null)
      await portal.run('delete from crm.deals where id <= 50')
      expect(await waysOf(portal, ref)).toEqual(['exact', 'watermark', 'watermark'])
    })
  })
}
