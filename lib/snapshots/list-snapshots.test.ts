import { afterAll, beforeAll, expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal, makeSnapshot, makeTicketRow } from '#db/testing/factories.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { listSnapshots } from './list-snapshots.ts'
import { placeHold } from './place-hold.ts'
import { releaseHold } from './release-hold.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

test('I10 a list of restore points says until when each is held, and nothing of a hold that was released', async () => {
  const { portal, owner } = await makePortal(desk.db, { adminUrl: serverUrl() })
  const [held, free] = [await makeSnapshot(desk.db, portal), await makeSnapshot(desk.db, portal)]
  const { id: ticketId } = await makeTicketRow(
    desk.db,
    { portalId: portal.id, requesterId: owner.id },
    { snapshotId: held.id, state: 'closed' },
  )
  const until = new Date(Date.now() + 9 * 86_400_000)
  const heldUntil = async () => {
    const listed = await listSnapshots(desk.db, systemActor('checks'), { portalId: portal.id, retentionDays: 7 })
    return Object.fromEntries(listed?.snapshots.map((one) => [one.id, one.heldUntil]) ?? [])
  }
  await scoped(desk.db, 'system', (tx) => placeHold(tx, { snapshotId: held.id, ticketId, until }))
  expect(await heldUntil()).toEqual({ [held.id]: until, [free.id]: null })
  await scoped(desk.db, 'system', (tx) => releaseHold(tx, { ticketId }))
  expect(await heldUntil()).toEqual({ [held.id]: null, [free.id]: null })
})
