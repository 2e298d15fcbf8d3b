import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { portals } from '#db/schema/index.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal } from '#db/testing/factories.ts'
import { acquireLease, guarded, LeaseLost, releaseLease, renewLease, usualLeaseTimes, withLease } from './lease.ts'

let desk: TestDatabase
let portalId: string
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  portalId = (await makePortal(desk.db)).portal.id
})

const ask = (holder: string, expiryMs = 30_000) => acquireLease(desk.db, { portalId, holder, purpose: 'restore', expiryMs })
/** As if the lease had not been renewed for its whole life: by the database's clock, which alone is asked. */
const letExpire = () => desk.owner`update portal_leases set expires_at = clock_timestamp() where portal_id = ${portalId}`
const leaseOf = async (holder: string) => {
  const acquired = await ask(holder)
  if (!acquired.ok) throw new Error(`held by ${acquired.heldBy}`)
  return acquired.lease
}
const rename = (name: string) => (tx: Parameters<Parameters<typeof guarded>[2]>[0]) =>
  tx.update(portals).set({ name }).where(eq(portals.id, portalId))

const untilSomebodyWaits = async (): Promise<void> => {
  const [row] = await desk.owner<{ waiting: number }[]>`select count(*)::int as waiting from pg_locks where not granted`
  if (row?.waiting === 0) return untilSomebodyWaits()
}

test('one worker at a time: the second is told who holds the portal, for what and until when', async () => {
  const first = await leaseOf('worker-1')
  const second = await ask('worker-2')
  expect(second).toMatchObject({ ok: false, heldBy: 'worker-1', purpose: 'restore' })
  await releaseLease(desk.db, first)
  expect(await ask('worker-2')).toMatchObject({ ok: true, lease: { token: first.token + 1 }, takenOverFrom: null })
})

test('of twenty that ask at once exactly one gets it', async () => {
  const asked = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(`worker-${index}`)))
  expect(asked.filter((answer) => answer.ok)).toHaveLength(1)
})

test('I15 a worker whose lease was taken over can write nothing more, renew nothing and release nothing', async () => {
  const old = await leaseOf('worker-1')
  await guarded(desk.db, old, rename('written while it was ours'))
  await letExpire()
  const taken = await ask('worker-2')
  expect(taken).toMatchObject({ ok: true, takenOverFrom: { holder: 'worker-1', purpose: 'restore' } })
  await expect(guarded(desk.db, old, rename('written too late'))).rejects.toThrow(LeaseLost)
  expect(await renewLease(desk.db, old)).toBe(false)
  await releaseLease(desk.db, old)
  expect(await ask('worker-3')).toMatchObject({ ok: false, heldBy: 'worker-2' })
  const [row] = await desk.owner<{ name: string }[]>`select name from portals where id = ${portalId}`
  expect(row?.name).toBe('written while it was ours')
})

test('I15 an expired lease is lost even if nobody took it, and is not revived by a heartbeat', async () => {
  const lease = await leaseOf('worker-1')
  await letExpire()
  expect(await renewLease(desk.db, lease)).toBe(false)
  await expect(guarded(desk.db, lease, rename('written too late'))).rejects.toThrow(LeaseLost)
})

test('I15 who writes under the guard is not taken over before the commit', async () => {
  const old = await leaseOf('worker-1')
  let taken: ReturnType<typeof ask> | undefined
  await guarded(desk.db, old, async (tx) => {
    // The lease runs out while the transaction is open; the other waits for the row and gets it only afterwards.
    await tx.execute(sql`update portal_leases set expires_at = clock_timestamp() where portal_id = ${portalId}`)
    taken = ask('worker-2')
    await untilSomebodyWaits()
    await rename('written before the take-over')(tx)
  })
  expect(await taken).toMatchObject({ ok: true, lease: { token: old.token + 1 } })
})

test('work outlives its first expiry because heartbeats renew it, and lets go afterwards', async () => {
  const times = { expiryMs: 3_000, heartbeatMs: 50 }
  const done = await withLease(desk.db, { portalId, holder: 'worker-1', purpose: 'capture' }, times, async (lease, lost) => {
    await desk.owner`select pg_sleep(3.3)`
    await guarded(desk.db, lease, rename('still ours'))
    return lost.aborted
  })
  expect(done).toEqual({ ok: true, value: false })
  expect(await ask('worker-2')).toMatchObject({ ok: true, takenOverFrom: null })
})

test('a release that fails hides nothing of what the work returned: the lease then ends by its expiry', async () => {
  const done = await withLease(desk.db, { portalId, holder: 'worker-1', purpose: 'capture' }, usualLeaseTimes, async () => {
    await desk.owner`alter table portal_leases rename to portal_leases_gone`
    return 'captured'
  })
  await desk.owner`alter table portal_leases_gone rename to portal_leases`
  expect(done).toEqual({ ok: true, value: 'captured' })
  expect(await ask('worker-2')).toMatchObject({ ok: false, heldBy: 'worker-1' })
})

test('work is told at once when another took the portal over', async () => {
  const times = { expiryMs: 30_000, heartbeatMs: 20 }
  const work = withLease(desk.db, { portalId, holder: 'worker-1', purpose: 'capture' }, times, async (_lease, lost) => {
    await letExpire()
    await ask('worker-2')
    // A heartbeat may have noticed already.
    if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
    lost.throwIfAborted()
  })
  await expect(work).rejects.toThrow(LeaseLost)
  expect(await ask('worker-3')).toMatchObject({ ok: false, heldBy: 'worker-2' })
})
