import { eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { datastores, portals } from '#db/schema/index.ts'
import type { Capabilities } from './port.ts'
import { adapterNamed } from './registry.ts'

/**
 * What keeps this portal's snapshots can do, as its adapter declares it. Null where the vendor keeps none (R8). In the transaction of whoever may
 * see the portal.
 */
export async function portalCan(tx: Tx, portalId: string): Promise<Capabilities | null> {
  const [found] = await tx
    .select({ adapter: datastores.adapter })
    .from(portals)
    .innerJoin(datastores, eq(datastores.id, portals.datastoreId))
    .where(eq(portals.id, portalId))
  return found ? adapterNamed(found.adapter).capabilities : null
}
