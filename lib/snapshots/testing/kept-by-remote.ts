import { eq } from 'drizzle-orm'
import { vi } from 'vitest'
import { datastores } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Remote } from '../adapters/http/remote.ts'
import type { PortalWorld } from './portal-world.ts'

/** From now on the portal's restore points are kept by this remote, which the environment names until it is unstubbed. */
export async function keptByRemote({ db, portal: { datastoreId } }: PortalWorld, { url, secret }: Remote): Promise<void> {
  if (datastoreId === null) throw new Error('a portal of the test world has a datastore')
  await scoped(db, 'system', (tx) => tx.update(datastores).set({ adapter: 'http' }).where(eq(datastores.id, datastoreId)))
  vi.stubEnv('HTTP_ADAPTER_URL', url)
  vi.stubEnv('HTTP_ADAPTER_SECRET', secret)
  vi.stubEnv('HTTP_ADAPTER_PRIVATE_NETWORK', '1')
}
