import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boundaries, type CaptureRequest } from '../../port.ts'
import { postgresAdapter as adapter } from './adapter.ts'
import { connect, withClient } from './connect.ts'
import { call, copiesOf, makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`recovery on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    let portal: TestPortal
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
      portal = await makePortal(url)
    })
    afterAll(async () => {
      await portal.drop()
      await stop()
    })
    const requestOf = (): CaptureRequest => ({
      portal: portal.ref,
      snapshotId: crypto.randomUUID(),
      purpose: 'snapshot',
      previous: null,
      mayBar: 'when_needed',
      barTimeoutMs: 5_000,
    })
    const capture = async () => {
      const captured = await adapter.capture(requestOf(), call())
      if (!captured.ok) throw new Error(captured.refusal.code)
      return captured
    }

    const passed = boundaries.capture.filter((name) => !name.startsWith('capture.br'))
    test.each(passed)(
      'S107 a worker killed at %s leaves nothing that recovery does not tidy; its neighbours stay',
      async (boundary) => {
        const neighbour = await capture()
        const other = await makePortal(url)
        await killAt(boundary, requestOf())
        await adapter.recover({ portal: other.ref, keep: [], busy: [] })
        const recovered = await adapter.recover({ portal: portal.ref, keep: [neighbour.snapshot], busy: [] })
        await (await connect(portal.userUrl, portal.ref.databaseName)).end()
        const left = (await copiesOf(portal)).filter((name) => name !== neighbour.snapshot.databaseName)
        expect(left).toEqual(recovered.unclaimed.map(({ databaseName }) => databaseName))
        // Past its last boundary the snapshot is whole: unclaimed, not half-made.
        expect(left).toHaveLength(boundary === 'capture.ready' ? 1 : 0)
        expect(await adapter.verify(portal.ref, neighbour.snapshot, neighbour.manifest)).toEqual({ ok: true })
        for (const snapshot of [neighbour.snapshot, ...recovered.unclaimed]) await adapter.prune(portal.ref, snapshot)
        await other.drop()
      },
    )

    test('S107 a half-dropped copy is no restore point, is never opened, and the next prune finishes it', async () => {
      const half = await capture()
      await withClient(url, undefined, (root) =>
        root.query(`update pg_database set datconnlimit = -2 where datname = '${half.snapshot.databaseName}'`),
      )
      expect(await adapter.list(portal.ref)).toEqual([])
      const recovered = await adapter.recover({ portal: portal.ref, keep: [], busy: [] })
      expect(recovered.removed).toEqual([{ databaseName: half.snapshot.databaseName, why: 'its removal was interrupted' }])
      const again = await capture()
      await withClient(url, undefined, (root) =>
        root.query(`update pg_database set datconnlimit = -2 where datname = '${again.snapshot.databaseName}'`),
      )
      await adapter.prune(portal.ref, again.snapshot)
      expect(await copiesOf(portal)).toEqual([])
    })

    test('nothing but a copy of this portal is ever dropped', async () => {
      const other = await makePortal(url)
      const theirs = await capture()
      const strange = { id: 'x', databaseName: other.ref.databaseName }
      await expect(adapter.prune(portal.ref, strange)).rejects.toThrow('not a copy of ours')
      await expect(adapter.prune(other.ref, theirs.snapshot)).rejects.toThrow("another portal's snapshot")
      await adapter.recover({ portal: other.ref, keep: [], busy: [] })
      expect(await adapter.verify(portal.ref, theirs.snapshot, theirs.manifest)).toEqual({ ok: true })
      await adapter.prune(portal.ref, theirs.snapshot)
      await other.drop()
    })

    test('a capture at work is left alone by the recovery of another portal', async () => {
      const other = await makePortal(url)
      const captured = await adapter.capture(
        requestOf(),
        call({
          observe: async () => {
            await adapter.recover({ portal: other.ref, keep: [], busy: [] })
          },
        }),
      )
      expect(captured.ok).toBe(true)
      if (captured.ok) await adapter.prune(portal.ref, captured.snapshot)
      await other.drop()
    })

    test('S49 the recovery of the same portal ends a capture that no longer holds the lease', async () => {
      const zombie = adapter.capture(
        requestOf(),
        call({
          observe: async (boundary) => {
            if (boundary === 'capture.barred') await adapter.recover({ portal: portal.ref, keep: [], busy: [] })
          },
        }),
      )
      await expect(zombie).rejects.toThrow()
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
      expect(await copiesOf(portal)).toEqual([])
    })
  })
}

/** A process of its own that captures and is killed the moment it reports the boundary, as a machine that loses its power would be. */
async function killAt(boundary: string, request: CaptureRequest): Promise<void> {
  const program = new URL('./testing/capture-until.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, boundary, JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}
