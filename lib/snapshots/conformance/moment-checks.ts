import { expect } from 'vitest'
import type { SnapshotAdapter } from '../port.ts'
import { type Check, collectChecks } from './check.ts'
import { callOf, captureRequest, compare, must, type SpoilablePortal } from './steps.ts'

/** A system may be behind with what it keeps, and tells so by where its moments end. */
const COMES_ALONG_MS = 120_000

/** What an adapter that declares `anyMoment` must keep to. */
export function momentChecks(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): Check[] {
  const { checks, test } = collectChecks()

  test('a snapshot of a moment holds what was there then and nothing that came later; a moment out of reach is refused', async () => {
    const portal = await makePortal()
    await portal.addDeals('first')
    const since = new Date().toISOString()
    const newest = async () => (await adapter.moments?.(portal.ref))?.to ?? ''
    await expect.poll(async () => (await newest()) >= since, { timeout: COMES_ALONG_MS, interval: 500 }).toBe(true)
    const at = await newest()
    await portal.addDeals('second')
    const request = captureRequest(portal, crypto.randomUUID(), null)
    const { snapshot, manifest } = must(await adapter.capture({ ...request, at }, callOf()))
    expect(await portal.deals()).toEqual(['first', 'second'])
    expect((await compare(adapter, portal, snapshot, 'full')).total).toEqual({ missing: 0, newer: 1, changed: 0 })
    expect(await adapter.verify(portal.ref, snapshot, manifest)).toEqual({ ok: true })
    for (const beyond of ['1990-01-01T00:00:00.000Z', new Date(Date.now() + 3_600_000).toISOString()]) {
      const refused = await adapter.capture({ ...request, snapshotId: crypto.randomUUID(), at: beyond }, callOf())
      expect(refused, beyond).toMatchObject({ ok: false, refusal: { code: 'moment_out_of_reach' } })
    }
  })

  return checks
}
