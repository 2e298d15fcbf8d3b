import { afterAll, beforeAll, describe } from 'vitest'
import { conformanceSuite } from '../../conformance/suite.ts'
import { postgresAdapter } from './adapter.ts'
import { makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'
import { spoilable } from './testing/spoilable.ts'

for (const server of testServers()) {
  describe(`the postgres adapter on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    const portals: TestPortal[] = []
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
    })
    afterAll(async () => {
      for (const portal of portals) await portal.drop()
      await stop()
    })
    conformanceSuite(postgresAdapter, async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      await portal.run('delete from intranet.tasks', 'delete from crm.deals')
      return spoilable(portal)
    })
  })
}
