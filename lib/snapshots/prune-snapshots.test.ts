import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { portals, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal, makeSnapshot, makeTicketRow } from '#db/testing/factories.ts'
import { copyName } from './adapters/postgres/names.ts'
import { extendHold } from './extend-hold.ts'
import { acquireLease } from './lease.ts'
import { countHeldSnapshots, placeHold } from './place-hold.ts'
import { pruneSnapshots } from './prune-snapshots.ts'
import { releaseHold } from './release-hold.ts'
import type { Work } from './work.ts'

const HOUR_MS = 3_600_000
const retentionDays = 7
const work: Work = { workerId: 'worker-1', signal: new AbortController().signal, observe: async () => undefined }

let desk: TestDatabase
let portal: typeof portals.$inferSelect
let ownerId: string
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  const made = await makePortal(desk.db, { adminUrl: serverUrl() })
  portal = made.portal
  ownerId = made.owner.id
})

const snapshotOfAge = (hours: number) => {
  const at = new Date(Date.now() - hours * HOUR_MS)
  const databaseName = copyName(portal.id, crypto.randomUUID())
  return makeSnapshot(desk.db, portal, { startedAt: at, completedAt: at, databaseName })
}
const ticketOn = async (snapshotId: string) =>
  (await makeTicketRow(desk.db, { portalId: portal.id, requesterId: ownerId }, { snapshotId, state: 'closed' })).id
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS)
const hold = (snapshotId: string, ticketId: string, hours: number) =>
  scoped(desk.db, 'system', (tx) => placeHold(tx, { snapshotId, ticketId, until: inHours(hours) }))
const stateOf = async (id: string) => {
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(snapshots).where(eq(snapshots.id, id)))
  return row?.state
}
const prune = () => pruneSnapshots(desk.db, { retentionDays }, work)

test('S32 seven days are 7 × 24 hours from the completion: an hour before it stays, an hour after it goes', async () => {
  const young = await snapshotOfAge(7 * 24 - 1)
  const old = await snapshotOfAge(7 * 24 + 1)
  expect((await prune()).pruned).toEqual([old.id])
  expect(await stateOf(young.id)).toBe('ready')
  expect(await stateOf(old.id)).toBe('pruned')
})

test('I10 a held snapshot is never pruned; once its hold is released it goes with the next prune', async () => {
  const old = await snapshotOfAge(200)
  const ticketId = await ticketOn(old.id)
  expect(await hold(old.id, ticketId, 5)).toBe(true)
  expect((await prune()).pruned).toEqual([])
  expect(await scoped(desk.db, 'system', (tx) => releaseHold(tx, { ticketId }))).toBe(1)
  expect((await prune()).pruned).toEqual([old.id])
})

test('I10 the database itself refuses to prune under a hold, whatever the code forgets', async () => {
  const old = await snapshotOfAge(200)
  await hold(old.id, await ticketOn(old.id), 5)
  await expect(desk.owner`update snapshots set state = 'pruning' where id = ${old.id}`).rejects.toThrow(/held/)
})

test('S33 what has been pruned cannot be held any more, and an extension of a hold that is over does not bring it back', async () => {
  const old = await snapshotOfAge(200)
  const ticketId = await ticketOn(old.id)
  await hold(old.id, ticketId, -1)
  const extend = () => scoped(desk.db, 'system', (tx) => extendHold(tx, { snapshotId: old.id, ticketId, until: inHours(72) }))
  expect(await extend()).toBe(false)
  await prune()
  expect(await hold(old.id, ticketId, 5)).toBe(false)
  expect(await extend()).toBe(false)
})

test('S77 snapshots of a portal under legal hold do not expire', async () => {
  const old = await snapshotOfAge(200)
  await scoped(desk.db, 'system', (tx) => tx.update(portals).set({ legalHold: true }).where(eq(portals.id, portal.id)))
  expect((await prune()).pruned).toEqual([])
  expect(await stateOf(old.id)).toBe('ready')
})

test('a portal that somebody works on is passed by, and pruned later', async () => {
  const old = await snapshotOfAge(200)
  await acquireLease(desk.db, { portalId: portal.id, holder: 'worker-2', purpose: 'capture' })
  expect(await prune()).toEqual({ pruned: [], busyPortals: [portal.id], failed: [] })
  await desk.owner`update portal_leases set expires_at = now() where portal_id = ${portal.id}`
  expect((await prune()).pruned).toEqual([old.id])
})

test('S107 an interrupted prune is gone on with, though its snapshot is held by nobody and too young by now', async () => {
  const left = await snapshotOfAge(1)
  await desk.owner`update snapshots set state = 'pruning' where id = ${left.id}`
  expect((await prune()).pruned).toEqual([left.id])
})

test('S34 held snapshots of a portal are counted, each once', async () => {
  const one = await snapshotOfAge(1)
  const two = await snapshotOfAge(2)
  const ticketId = await ticketOn(one.id)
  await hold(one.id, ticketId, 5)
  await hold(one.id, await ticketOn(one.id), 5)
  await hold(two.id, ticketId, 5)
  await hold(two.id, ticketId, -1)
  expect(await scoped(desk.db, 'system', (tx) => countHeldSnapshots(tx, portal.id))).toBe(1)
})

type Act = { act: 'hold' | 'extend' | 'release' | 'prune' | 'lapse'; snapshot: number; ticket: number }
const act = fc.record({
  act: fc.constantFrom<Act['act']>('hold', 'hold', 'extend', 'release', 'prune', 'prune', 'lapse'),
  snapshot: fc.nat(2),
  ticket: fc.nat(1),
})

test('I10 S33 whatever holding, extending, releasing, lapsing and pruning do at the same time, no held snapshot is ever pruned', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(act, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }), async (threads) => {
      const old = await Promise.all([200, 201, 202].map(snapshotOfAge))
      const tickets = await Promise.all([0, 1].map(() => ticketOn(old[0]?.id ?? '')))
      const perform = async ({ act, snapshot, ticket }: Act) => {
        const snapshotId = old[snapshot]?.id ?? ''
        const ticketId = tickets[ticket] ?? ''
        if (act === 'hold') return hold(snapshotId, ticketId, 1)
        if (act === 'extend')
          return scoped(desk.db, 'system', (tx) => extendHold(tx, { snapshotId, ticketId, until: inHours(2) }))
        if (act === 'release') return scoped(desk.db, 'system', (tx) => releaseHold(tx, { ticketId, snapshotId }))
        if (act === 'prune') return prune()
        return desk.owner`update holds set until = clock_timestamp() where ticket_id = ${ticketId} and released_at is null`
      }
      await Promise.all(
        threads.map(async (acts) => {
          for (const one of acts) await perform(one)
        }),
      )
      const [wrong] = await desk.owner`
        select count(*)::int as pruned_though_held from snapshots s join holds h on h.snapshot_id = s.id
         where s.state in ('pruning', 'pruned') and h.released_at is null and h.until > clock_timestamp()`
      expect(wrong).toEqual({ pruned_though_held: 0 })
      await desk.owner`update holds set released_at = now() where released_at is null`
    }),
    { numRuns: 25 },
  )
})
