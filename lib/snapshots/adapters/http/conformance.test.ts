import { afterAll, describe } from 'vitest'
import { serverUrl } from '#db/testing/databases.ts'
import { conformanceSuite } from '../../conformance/suite.ts'
import { makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { spoilable } from '../postgres/testing/spoilable.ts'
import { httpAdapter } from './adapter.ts'
import { readOffers } from './offers.ts'
import { startRemote } from './testing/remote.ts'

/** A system that listens elsewhere already, as `npm run adapter-kit -- http --url …` names it; its portals' server is not this test run's own. */
const { ADAPTER_KIT_URL: url, ADAPTER_KIT_DATABASE_URL: databaseUrl, HTTP_ADAPTER_SECRET: secret } = process.env

// Those of the reference server, where none is named; what a system does not offer is not asked of it.
const reference = url && secret ? null : await startRemote(serverUrl())
const remote = reference?.remote ?? { url: url ?? '', secret: secret ?? '', privateNetwork: true }
await readOffers(remote)

// Everything goes over a connection, and each restore is proved by reading the portal.
describe(`the http adapter before ${url ?? 'its reference server'}`, { timeout: 200_000 }, () => {
  const portals: TestPortal[] = []
  afterAll(async () => {
    await reference?.stop()
    for (const portal of portals) await portal.drop()
  })
  conformanceSuite(
    httpAdapter(() => remote),
    async () => {
      const portal = await makePortal(databaseUrl ?? serverUrl())
      portals.push(portal)
      await portal.run('delete from intranet.tasks', 'delete from crm.deals')
      return spoilable(portal)
    },
  )
})
