import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { serverUrl } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { postgresAdapter } from '../postgres/adapter.ts'
import { call, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { httpAdapter } from './adapter.ts'
import type { KeepsMoments } from './reference/moments/moments.ts'
import { startLiar, type Twist } from './testing/liar.ts'
import * as lies from './testing/lies.ts'
import { startRemote } from './testing/remote.ts'

let portal: TestPortal
let honest: Awaited<ReturnType<typeof startRemote>>
beforeAll(async () => {
  portal = await makePortal(serverUrl())
  // It captures the portal as it is now, whatever it is asked for.
  const moments: KeepsMoments = {
    range: async () => ({ moments: null, because: 'nothing is kept' }),
    note: async () => undefined,
    capture: ({ at: _, ...asked }, watched) => postgresAdapter.capture(asked, watched),
  }
  honest = await startRemote(serverUrl(), { moments })
})
afterAll(async () => {
  await honest.stop()
  await portal.drop()
})

async function liar(twist: Twist) {
  const { url, asked, stop } = await startLiar(honest.remote.url, twist)
  onTestFinished(stop)
  return { adapter: httpAdapter(() => ({ ...honest.remote, url, limits: { answerMs: 3_000, reachMs: 5_000 } })), asked }
}

const hour = (from: number) => new Date(Date.now() + from * 3_600_000).toISOString()

test.each([
  ['begin after they end', { from: hour(-1), to: hour(-2) }, 'which is before'],
  ['are yet to come', { from: hour(-1), to: hour(1) }, 'yet to come'],
  ['are no instants', { from: 'yesterday', to: 'today' }, 'another shape'],
  ['have no end', { from: hour(-1) }, 'another shape'],
  ['are words', 'all of them', 'another shape'],
])('S119 moments that %s are not offered to anybody', async (_, moments, because) => {
  const { adapter } = await liar(lies.offersMoments(moments))
  await expect(adapter.moments?.(portal.ref)).rejects.toMatchObject({
    refusal: { code: 'remote_unusable', facts: { because: textWith(because) } },
  })
})

test('S119 a clock that goes a little wrong is no lie, and nobody is offered a moment that is yet to come', async () => {
  const ahead = new Date(Date.now() + 100_000).toISOString()
  const { adapter } = await liar(lies.offersMoments({ from: hour(-1), to: ahead }))
  const range = await adapter.moments?.(portal.ref)
  expect(range?.to && range.to < ahead).toBe(true)
  expect(Date.parse(range?.to ?? '')).toBeLessThanOrEqual(Date.now())
  const none = await liar(lies.offersMoments(null))
  expect(await none.adapter.moments?.(portal.ref)).toBeNull()
})

test.each([
  ['as it is now', undefined, 'it tells of one as the portal is now'],
  ['of another instant', hour(-3), 'it tells of one of'],
])('S119 a snapshot %s is not taken for one of the moment that was asked for', async (_, told, because) => {
  const { adapter } = await liar(lies.tellsOfInstant(told))
  expect(await adapter.capture({ ...request(), at: hour(-2) }, call())).toMatchObject({
    ok: false,
    refusal: { code: 'remote_unusable', facts: { because: textWith(because) } },
  })
})

test('S119 a remote that says nothing of moments is asked for none, and one that tells of an instant nobody named is not believed', async () => {
  const plain = await liar(async ({ path, honest: said }) => {
    const { status, body } = await said()
    return path === '/capabilities' ? { status, body: { ...body, can: ['capture'] } } : null
  })
  expect(await plain.adapter.capture({ ...request(), at: hour(-2) }, call())).toMatchObject({
    ok: false,
    refusal: { code: 'remote_unusable', facts: { because: textWith('makes no snapshots of moments') } },
  })
  expect(plain.asked).toEqual(['GET /capabilities'])
  const chatty = await liar(lies.tellsOfInstant(hour(-2)))
  expect(await chatty.adapter.capture(request(), call())).toMatchObject({
    ok: false,
    refusal: { code: 'remote_unusable', facts: { because: textWith('asked for a snapshot as the portal is now') } },
  })
})

function request() {
  const asked = { portal: portal.ref, snapshotId: crypto.randomUUID(), purpose: 'snapshot', previous: null } as const
  return { ...asked, mayBar: 'when_needed', barTimeoutMs: 10_000 } as const
}
