import { afterAll, beforeAll, expect, test } from 'vitest'
import { alerts } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember, makePortal } from '#db/testing/factories.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { dismissMassDeletion } from './dismiss-mass-deletion.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

test('R15 the owner alone says that a deletion was meant, and the alarm keeps who did', async () => {
  const { portal, owner } = await makePortal(desk.db)
  const { owner: stranger } = await makePortal(desk.db)
  const admin = await makeMember(desk.db, portal.id, 'admin')
  const [alert] = await scoped(desk.db, 'system', (tx) =>
    tx
      .insert(alerts)
      .values({ kind: 'mass_deletion', portalId: portal.id, subject: portal.id, detail: { deleted: 300 } })
      .returning(),
  )
  const input = { portalId: portal.id, alertId: alert?.id ?? '' }
  const open = () => desk.owner`select from alerts where portal_id = ${portal.id} and resolved_at is null`
  for (const other of [admin.id, stranger.id])
    expect(await dismissMassDeletion(desk.db, signedIn(other), input)).toMatchObject({
      ok: false,
      refusal: { code: 'not_owner' },
    })
  expect(await open()).toHaveLength(1)
  expect(await dismissMassDeletion(desk.db, signedIn(owner.id), input)).toEqual({ ok: true })
  expect(await dismissMassDeletion(desk.db, signedIn(owner.id), input)).toEqual({ ok: true })
  expect(await desk.owner`select detail from alerts where portal_id = ${portal.id} and resolved_at is not null`).toEqual([
    { detail: { deleted: 300, meantBy: owner.id } },
  ])
})
