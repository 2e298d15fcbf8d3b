import { expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { makeUser } from '#db/testing/factories.ts'
import { textLike } from '#db/testing/matchers.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { computePreview } from './compute-preview.ts'
import { readOpenAlerts } from './read-alerts.ts'
import { requestPreview } from './request-preview.ts'
import { worldForAll } from './testing/world-for-all.ts'

const at = worldForAll()

test('a comparison that breaks off is the desk’s to see, with what was said, until one of that portal comes to its end', async () => {
  const agent = signedIn((await makeUser(at.desk.db, { deskRoles: ['agent'] })).id, ['agent'])
  const open = async () => (await readOpenAlerts(at.desk.db, agent, 5)).map(({ kind, portal, said }) => ({ kind, portal, said }))
  const { id: snapshotId } = await at.world.capture()
  const ask = {
    portalId: at.world.portal.id,
    snapshotId,
    scope: 'crm',
    purpose: 'restore',
    policyVersion: 1,
    requestedBy: null,
  } as const
  const compare = async () => {
    const asked = await scoped(at.desk.db, 'system', (tx) => requestPreview(tx, ask))
    return computePreview(at.desk.db, asked?.previewId ?? '', new AbortController().signal)
  }
  // Nothing in the portal refuses this: its words at the desk are broken.
  await at.desk.owner`update portals set table_words = '[null]'`
  expect(await compare()).toEqual({ state: 'failed' })
  expect(await open()).toEqual([{ kind: 'preview_failed', portal: at.world.portal.name, said: textLike(/null/) }])
  await at.desk.owner`update portals set table_words = '[]'`
  expect(await compare()).toMatchObject({ state: 'ready' })
  expect(await open()).toEqual([])
})
