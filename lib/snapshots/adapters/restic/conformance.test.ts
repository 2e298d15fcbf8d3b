import { afterAll, beforeAll, describe } from 'vitest'
import { conformanceSuite } from '../../conformance/suite.ts'
import { makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { spoilable } from '../postgres/testing/spoilable.ts'
import { resticAdapter } from './adapter.ts'
import { makeRepository } from './testing/repository.ts'

for (const server of serversWithPrograms()) {
  // Each comparison and each restore loads an archive, and restic waits a fifth of a second for others' locks whenever it is asked.
  describe(`the restic adapter on ${server.name}`, { timeout: 400_000 }, () => {
    let stop: () => Promise<void>
    let url: string
    let repository: ReturnType<typeof makeRepository>
    const portals: TestPortal[] = []
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
      repository = makeRepository()
    })
    afterAll(async () => {
      for (const portal of portals) await portal.drop()
      repository.drop()
      await stop()
    })
    conformanceSuite(
      resticAdapter(() => repository),
      async () => {
        const portal = await makePortal(url)
        portals.push(portal)
        await portal.run('delete from intranet.tasks', 'delete from crm.deals')
        return spoilable(portal)
      },
    )
  })
}
