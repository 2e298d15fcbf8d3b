import { eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { type AdapterName, datastores, portals } from '#db/schema/index.ts'
import type { ErasedRecords } from '#lib/difference/protection.ts'
import { readErased } from './erased-records.ts'
import type { PortalRef, SnapshotAdapter } from './port.ts'
import { protectedDataSchema, protectionOf, withheldOf } from './protected-data.ts'
import { adapterNamed } from './registry.ts'

/** A portal with what is needed to reach its data. Holds a password: stays inside the worker and the command line. */
export type PortalAtHand = {
  portal: typeof portals.$inferSelect
  datastoreId: string
  ref: PortalRef
  adapter: SnapshotAdapter
  adapterName: AdapterName
  /** Not the datastore's adapter, but the one beside it that keeps the portal's second place (R14). */
  isSecondPlace: boolean
}

/**
 * Reached through the datastore's adapter, or through the one that keeps the snapshot in question: what lies in a second place (R14) is that one's.
 * Null for an unknown portal and for one whose data the vendor does not hold (R8). Needs a transaction scoped to the system.
 */
export async function portalAtHand(tx: Tx, portalId: string, keptBy?: AdapterName): Promise<PortalAtHand | null> {
  const [found] = await tx
    .select({ portal: portals, datastore: datastores })
    .from(portals)
    .innerJoin(datastores, eq(datastores.id, portals.datastoreId))
    .where(eq(portals.id, portalId))
  if (!found?.portal.databaseName) return null
  const { portal, datastore } = found
  const adapterName = keptBy ?? datastore.adapter
  return {
    portal,
    datastoreId: datastore.id,
    ref: portalRef(portal, datastore.adminUrl, found.portal.databaseName, await readErased(tx, portalId)),
    adapter: adapterNamed(adapterName),
    adapterName,
    isSecondPlace: adapterName !== datastore.adapter,
  }
}

function portalRef(
  portal: typeof portals.$inferSelect,
  adminUrl: string,
  databaseName: string,
  erased: ErasedRecords[],
): PortalRef {
  const protectedData = protectedDataSchema.parse(portal.protectedData)
  return {
    id: portal.id,
    adminUrl,
    databaseName,
    scopePatterns: { schemas: portal.crmSchemas, tables: portal.crmTables },
    filesPath: portal.filesPath,
    protection: { ...protectionOf(protectedData), ...(erased.length === 0 ? {} : { erased }) },
    withheld: withheldOf(protectedData),
  }
}
