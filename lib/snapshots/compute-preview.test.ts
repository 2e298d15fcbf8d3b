import { afterAll, beforeAll, expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makeUser } from '#db/testing/factories.ts'
import { textLike } from '#db/testing/matchers.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { computePreview } from './compute-preview.ts'
import { readOpenAlerts } from './read-alerts.ts'
import { requestPreview } from './request-preview.ts'
import { makePortalWorld, type PortalWorld } from './testing/portal-world.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
  world = await makePortalWorld(desk.db, serverUrl())
})
afterAll(async () => {
  await world.drop()
  await desk.drop()
})

test('a comparison that breaks off is the desk’s to see, with what was said, until one of that portal comes to its end', async () => {
  const agent = signedIn((await makeUser(desk.db, { deskRoles: ['agent'] })).id, ['agent'])
  const open = async () => (await readOpenAlerts(desk.db, agent, 5)).map(({ kind, portal, said }) => ({ kind, portal, said }))
  const { id: snapshotId } = await world.capture()
  const ask = {
    portalId: world.portal.id,
    snapshotId,
    scope: 'crm',
    purpose: 'restore',
    policyVersion: 1,
    requestedBy: null,
  } as const
  const compare = async () => {
    const asked = await scoped(desk.db, 'system', (tx) => requestPreview(tx, ask))
    return computePreview(desk.db, asked?.previewId ?? '', new AbortController().signal)
  }
  // Nothing in the portal refuses this: its words at the desk are broken.
  await desk.owner`update portals set table_words = '[null]'`
  expect(await compare()).toEqual({ state: 'failed' })
  expect(await open()).toEqual([{ kind: 'preview_failed', portal: world.portal.name, said: textLike(/null/) }])
  await desk.owner`update portals set table_words = '[]'`
  expect(await compare()).toMatchObject({ state: 'ready' })
  expect(await open()).toEqual([])
})
