import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conformanceChecks } from '../../../conformance/suite.ts'
import type { PortalRef, SnapshotAdapter } from '../../../port.ts'
import { makePortal, type TestPortal } from '../../postgres/testing/portal.ts'
import { serversWithPrograms } from '../../postgres/testing/servers.ts'
import { spoilable } from '../../postgres/testing/spoilable.ts'
import { resticAdapter } from '../adapter.ts'
import { makeRepository } from '../testing/repository.ts'
import { readIntents } from './move-intent.ts'

const [server] = serversWithPrograms()
const repository = makeRepository()
const whole = resticAdapter(() => repository)
const withoutFiles = (portal: PortalRef): PortalRef => ({ ...portal, filesPath: null })

const told = 'files are kept with the rows, and a comparison tells what becomes of them, with the scope full and no other'
const moved = (way: string) =>
  `I3 S57 full ${way}: files go with the rows, neither before the commit nor long after it, and the undo brings back what was there`

/** What is wrong with an adapter that keeps files and is otherwise whole, and the check that must say so. */
const faults: { fault: string; caughtBy: string; broken: Partial<SnapshotAdapter> }[] = [
  {
    fault: 'the digest does not change with the files',
    caughtBy: told,
    broken: {
      compare: async (request, ...watched) => ({
        ...(await whole.compare(request, ...watched)),
        digest: (await whole.compare({ ...request, portal: withoutFiles(request.portal) })).digest,
      }),
    },
  },
  {
    fault: 'restore leaves the files behind',
    caughtBy: moved('in_place'),
    broken: { restore: (request, call) => whole.restore({ ...request, portal: withoutFiles(request.portal) }, call) },
  },
  {
    fault: 'restore puts files in their place before the rows are committed',
    caughtBy: moved('swap'),
    broken: {
      restore: (request, call) =>
        whole.restore(request, {
          ...call,
          observe: async (boundary, detail) => {
            const root = request.portal.filesPath ?? ''
            const [intent] = boundary === 'swap.commit' ? await readIntents(request.portal.id, root) : []
            if (intent) cpSync(join(intent.newTree, 'goes'), join(root, 'goes'))
            await call.observe(boundary, detail)
          },
        }),
    },
  },
  {
    fault: 'undo leaves the files behind',
    caughtBy: moved('in_place'),
    broken: { undo: (request, call) => whole.undo({ ...request, portal: withoutFiles(request.portal) }, call) },
  },
  {
    fault: 'recover keeps what was put aside for ever',
    caughtBy: moved('in_place'),
    broken: { recover: (request) => whole.recover({ ...request, portal: withoutFiles(request.portal) }) },
  },
]

describe('an adapter that declares files and', { timeout: 200_000 }, () => {
  let url: string
  let stop: () => Promise<void>
  const portals: TestPortal[] = []
  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    ;({ url, stop } = await server.start())
  }, 200_000)
  afterAll(async () => {
    for (const portal of portals) await portal.drop()
    repository.drop()
    await stop()
  })

  test.each(faults)('of which $fault does not pass', async ({ caughtBy, broken }) => {
    const checks = conformanceChecks({ ...whole, ...broken }, async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      await portal.run('delete from intranet.tasks', 'delete from crm.deals')
      return spoilable(portal)
    })
    const check = checks.find(({ name }) => name === caughtBy)
    if (!check) throw new Error(`there is no check "${caughtBy}"`)
    await expect(check.run()).rejects.toMatchObject({ name: 'AssertionError' })
  })
})
