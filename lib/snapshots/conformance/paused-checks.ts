import { expect } from 'vitest'
import type { PausedTable, ReleaseCall, SnapshotAdapter } from '../port.ts'
import { type Check, collectChecks } from './check.ts'
import { callOf, capture, must, readyToRestore, type SpoilablePortal } from './steps.ts'

/** What an adapter keeps to that declares `releaseOutbound` (S69). */
export function pausedChecks(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): Check[] {
  const { checks, test } = collectChecks()

  test('S69 what would send something comes back paused, is told row by row, and is released once, only where nobody changed it since', async () => {
    const portal = await makePortal()
    await portal.addDeals('stays', 'goes', 'goes too')
    const outbound = await portal.makeOutbound?.()
    if (outbound === undefined || !adapter.findPaused || !adapter.releasePaused)
      throw new Error('releaseOutbound is declared, and one of its calls or the portal’s own part is not there')
    const guarded = { ...portal, ref: { ...portal.ref, protection: outbound.protection } }
    const { snapshot, baseline } = await capture(adapter, guarded)
    await portal.removeDeals('goes', 'goes too')
    const chosen = { way: adapter.capabilities.restoreInPlace ? 'in_place' : 'swap', scope: 'full' } as const
    const request = await readyToRestore(adapter, guarded, { ...snapshot, baseline }, chosen)
    const paused = await adapter.findPaused({ portal: guarded.ref, snapshot, safety: request.safety, scope: 'full' })
    expect(paused.map(({ rows }) => rows.length)).toEqual([2])
    must(await adapter.restore(request, callOf()))
    expect(await outbound.actions()).toEqual(['goes: paused', 'goes too: paused', 'stays: scheduled'])

    const release = async (tables: PausedTable[], keep: ReleaseCall['keep'] = async () => true) =>
      adapter.releasePaused?.(guarded.ref, tables, { signal: new AbortController().signal, keep })
    expect(await release(paused, async () => false)).toMatchObject({ ok: false })
    expect(await outbound.actions()).toEqual(['goes: paused', 'goes too: paused', 'stays: scheduled'])
    await outbound.decide('goes too', 'done')
    expect(await release(paused)).toMatchObject({ ok: true, tables: [{ released: 1, changed: 1, gone: 0 }] })
    expect(await outbound.actions()).toEqual(['goes: scheduled', 'goes too: done', 'stays: scheduled'])
    expect(await release(paused)).toMatchObject({ ok: true, tables: [{ released: 0 }] })
  })

  return checks
}
