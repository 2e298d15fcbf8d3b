import type { FoundSnapshot, PortalRef } from '../../port.ts'
import { withClient } from './connect.ts'
import { databaseBytes } from './disk.ts'
import { type FoundDatabase, invalidConnectionLimit, readDatabases } from './marker.ts'

/** Finished copies of the portal, oldest first. Half-made and half-dropped ones are not restore points (S107). */
export async function list({ id, adminUrl }: PortalRef): Promise<FoundSnapshot[]> {
  return withClient(adminUrl, undefined, async (admin) => {
    const found: FoundSnapshot[] = []
    for (const database of await readDatabases(admin)) {
      const snapshot = asSnapshot(database)
      if (snapshot?.portalId === id) found.push({ ...snapshot, bytes: await databaseBytes(admin, database.name) })
    }
    return found.sort((a, b) => a.completedAt.localeCompare(b.completedAt))
  })
}

/** The finished snapshot that this database is, or null. */
export function asSnapshot({ name, marker, connectionLimit }: FoundDatabase): Omit<FoundSnapshot, 'bytes'> | null {
  if (
    marker?.state !== 'ready' ||
    marker.purpose === 'clone' ||
    marker.completedAt === null ||
    connectionLimit === invalidConnectionLimit
  )
    return null
  return {
    id: marker.snapshotId,
    databaseName: name,
    portalId: marker.portalId,
    purpose: marker.purpose,
    completedAt: marker.completedAt,
  }
}
