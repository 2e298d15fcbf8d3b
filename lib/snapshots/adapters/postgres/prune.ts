import type { PortalRef, SnapshotRef } from '../../port.ts'
import { quoteName } from './connect.ts'
import { alone } from './copies.ts'
import { invalidConnectionLimit, readDatabase } from './marker.ts'

/** Removes a snapshot of this portal. One that is already gone, or whose removal was interrupted, is fine; anything else is not ours to drop. */
export async function prune({ id, adminUrl }: PortalRef, { databaseName }: SnapshotRef): Promise<void> {
  await alone(adminUrl, databaseName, async (admin) => {
    const found = await readDatabase(admin, databaseName)
    if (!found) return
    // DROP DATABASE interrupted half way leaves it invalid, its comment still there (S107): dropping again finishes the work.
    if (found.marker === null && found.connectionLimit !== invalidConnectionLimit) {
      throw new Error(`database ${databaseName} is not a copy of ours and is not dropped`)
    }
    if (found.marker && found.marker.portalId !== id) throw new Error(`database ${databaseName} is another portal's snapshot`)
    await admin.query(`drop database ${quoteName(databaseName)}`)
  })
}

/** Removes a copy that its own call gives up, whatever state it is in. Waits for readers of ours to leave. */
export async function dropCopy(adminUrl: string, databaseName: string): Promise<void> {
  await alone(adminUrl, databaseName, (admin) => admin.query(`drop database if exists ${quoteName(databaseName)}`))
}
