import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { serverUrl } from '#db/testing/databases.ts'
import { startCluster } from './cluster.ts'

/** A server to test against. `url` is a superuser's. */
export type TestServer = { name: string; start: () => Promise<{ url: string; stop: () => Promise<void> }> }

const debian = '/usr/lib/postgresql'

/** The embedded PostgreSQL of this test run, and each version that Debian's packages have put on this machine. */
export function testServers(): TestServer[] {
  const versions = existsSync(debian)
    ? readdirSync(debian).filter((version) => existsSync(join(debian, version, 'bin/initdb')))
    : []
  return [
    { name: 'embedded', start: async () => ({ url: serverUrl(), stop: async () => undefined }) },
    ...versions.map((version) => ({ name: `Debian's ${version}`, start: () => startCluster(join(debian, version, 'bin')) })),
  ]
}

/** Those of them whose own pg_dump is here too: the embedded one comes without. */
export function serversWithPrograms(): TestServer[] {
  return testServers().filter(({ name }) => name !== 'embedded')
}
