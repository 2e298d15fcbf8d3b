import { afterAll, beforeAll } from 'vitest'
import type { SnapshotAdapter } from '../../../port.ts'
import { makePortal, type TestPortal } from '../../postgres/testing/portal.ts'
import { serversWithPrograms } from '../../postgres/testing/servers.ts'
import { resticAdapter } from '../adapter.ts'
import { makeRepository } from './repository.ts'

export type ArchiveWorld = {
  url: string
  portal: TestPortal
  repository: ReturnType<typeof makeRepository>
  adapter: SnapshotAdapter
}

/** For all tests of a file: a server together with its own programs, a portal on it, an empty repository, and the adapter between them. */
export function archiveWorld(): () => ArchiveWorld {
  let world: (ArchiveWorld & { stop: () => Promise<void> }) | undefined
  beforeAll(async () => {
    const [server] = serversWithPrograms()
    if (!server) throw new Error('there is no server with its own programs')
    const { url, stop } = await server.start()
    const [portal, repository] = [await makePortal(url), makeRepository()]
    world = { url, stop, portal, repository, adapter: resticAdapter(() => repository) }
  }, 200_000)
  afterAll(async () => {
    await world?.portal.drop()
    world?.repository.drop()
    await world?.stop()
  })
  return () => {
    if (!world) throw new Error('the server is not started yet')
    return world
  }
}
