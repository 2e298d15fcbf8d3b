import { afterAll, beforeAll, expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal, makeSnapshot, makeTicketRow, makeUser } from '#db/testing/factories.ts'
import { type Person, systemActor } from '#lib/domain/actor.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
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

test('S27 R14 the owner is told in kinds why a restore point failed and where others lie; machines’ names and programs’ words are the desk’s', async () => {
  const { portal, owner } = await makePortal(desk.db, { adminUrl: serverUrl() })
  const place = { kind: 'host', name: 'vault.example.com', stands: 'apart' }
  await makeSnapshot(desk.db, portal, { place })
  const failed = { state: 'failed' as const, completedAt: null, reason: 'ENOSPC: /srv/pg is full', reasonKind: 'no_space' }
  await makeSnapshot(desk.db, portal, { ...failed, startedAt: new Date() })
  const agent = await makeUser(desk.db, { deskRoles: ['agent'] })
  const read = async (userId: string, deskRoles: Person['deskRoles']) => {
    return (await listSnapshots(desk.db, signedIn(userId, deskRoles), { portalId: portal.id, retentionDays: 7 }))?.snapshots
  }
  expect(await read(owner.id, [])).toMatchObject([{ reason: 'no_space', detail: null }, { place: { ...place, name: null } }])
  expect(await read(agent.id, ['agent'])).toMatchObject([{ reason: 'no_space', detail: failed.reason }, { place }])
})
