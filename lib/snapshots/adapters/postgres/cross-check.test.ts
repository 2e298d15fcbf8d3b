import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unpackBaseline } from '#lib/difference/compare/pack-baseline.ts'
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

    const restoreTo = async (portal: TestPortal, snapshot: SnapshotRef, way: 'in_place' | 'swap') => {
      const safety = await captureOf(portal, null)
      const asked = { portal: portal.ref, snapshot, scope: 'full', edgeHandling: { '*': 'null' } } as const
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
      if (!restored.ok) throw new Error(restored.refusal.code)
      return { safety: safety.ref, restored }
    }
    const incident = ['delete from crm.deals where id <= 50', `insert into crm.deals (title) values ('since')`]

    test('after a restore in place they still agree', async () => {
      const portal = await portalWithRights()
      const { ref } = await captureOf(portal, null)
      const later = await captureOf(portal, ref)
      await portal.run(...incident)
      const { safety } = await restoreTo(portal, ref, 'in_place')
      await portal.run('update crm.deals set amount = 0 where id = 90')
      for (const snapshot of [ref, later.ref, safety])
        expect(await waysOf(portal, snapshot)).toEqual(['exact', 'watermark', best])
    })

    test('after a swap the portal is another database, read whole, until what was kept is made to hold for it: S57 for its undo, too', async () => {
      const made = await portalWithRights()
      // S64 what is protected is written into the clone before it takes the portal's place: that it differs from the snapshot there must be seen.
      const protection = { tables: [{ schema: 'intranet', name: 'tasks' }], columns: [] }
      const portal = { ...made, ref: { ...made.ref, protection } }
      const older = await captureOf(portal, null)
      await portal.run(`update crm.deals set title = 'between' where id = 7`)
      const { ref } = await captureOf(portal, older.ref)
      await portal.run(...incident)
      const { safety, restored } = await restoreTo(portal, ref, 'swap')
      const { trace, replaced } = restored
      if (trace?.way !== 'swap' || replaced === null) throw new Error('nothing was replaced')
      await portal.run('update crm.deals set amount = 0 where id = 90')
      for (const snapshot of [older.ref, ref, safety]) expect(await waysOf(portal, snapshot)).toEqual(['exact', 'exact', 'exact'])

      const again = async (snapshot: SnapshotRef): Promise<SnapshotRef> => {
        const manifest = await adapter.describe(portal.ref, snapshot)
        const request = { portal: portal.ref, trace, restored: ref, snapshot, manifest }
        const baseline = (await adapter.rebaseline?.(request)) ?? null
        if (baseline && best === 'wal_summaries')
          expect(unpackBaseline(baseline).tables.filter(({ file }) => file === null)).toEqual([])
        // Asked once more by whoever takes over: nothing is left to do.
        if (baseline) expect(await adapter.rebaseline?.({ ...request, snapshot: { ...snapshot, baseline } })).toBeNull()
        return { ...snapshot, baseline: baseline ?? snapshot.baseline ?? null }
      }
      const others = [await again(older.ref), await again(safety), await again(replaced)]
      expect(await waysOf(portal, await again(ref))).toEqual(['exact', 'watermark', best])
      const [first, second, kept] = await Promise.all(others.map((snapshot) => waysOf(portal, snapshot)))
      if (best === 'wal_summaries') {
        expect([first, second, kept]).toEqual([first, first, first])
        expect(first).toEqual(['exact', 'watermark', best])
        // The next copy is brought up to date from what was replaced, and is as good a start as any.
        const next = await captureOf(portal, others.at(-1) ?? null)
        expect(next.way).toBe('online')
        await portal.run('delete from crm.deals where id = 91')
        expect(await waysOf(portal, next.ref)).toEqual(['exact', 'watermark', best])
      } else expect([first, second, kept]).toEqual([['exact', 'exact', 'exact'], ['exact', 'exact', 'exact'], []])
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
