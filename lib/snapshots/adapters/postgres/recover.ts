import type pg from 'pg'
import type { PortalRef, Recovered, RecoverRequest } from '../../port.ts'
import { liftBar } from './bar.ts'
import { withClient } from './connect.ts'
import { closeIfUnused } from './copies.ts'
import { databaseBytes } from './disk.ts'
import { asSnapshot } from './list.ts'
import { type FoundDatabase, invalidConnectionLimit, readDatabase, readDatabases } from './marker.ts'
import { dropCopy } from './prune.ts'
import { endWork, ifIdle } from './work-lock.ts'

/**
 * Tidies after a kill, for the holder of the portal's lease: ends what an earlier worker still has open there, lifts its bar, drops its half-made
 * and half-dropped copies, closes doors left open (S49, S52, S105, S107). Touches nothing of another portal, nothing that a live call is
 * making, nothing in `keep` and `busy`, and nothing whose name is not ours.
 */
export async function recover({ portal, keep, busy }: RecoverRequest): Promise<Recovered> {
  const recovered: Recovered = { barsLifted: [], removed: [], unclaimed: [], notes: [] }
  const spared = new Set([...keep.map(({ databaseName }) => databaseName), ...busy])
  await withClient(portal.adminUrl, undefined, async (admin) => {
    await recoverPortal(admin, portal, recovered)
    for (const database of await readDatabases(admin)) {
      if (!database.ourName || (database.marker !== null && database.marker.portalId !== portal.id)) continue
      if (spared.has(database.name)) await closeIfUnused(admin, database.name)
      else await recoverCopy(admin, portal, database, recovered)
    }
  })
  return recovered
}

async function recoverPortal(admin: pg.Client, { databaseName }: PortalRef, recovered: Recovered): Promise<void> {
  const ended = await endWork(admin, databaseName)
  if (ended > 0) recovered.notes.push(`ended ${ended} connection of an earlier operation on ${databaseName}`)
  if (await liftBar(admin, databaseName)) recovered.barsLifted.push(databaseName)
  const live = await readDatabase(admin, databaseName)
  if (live?.connectionLimit === invalidConnectionLimit) {
    recovered.notes.push(`database ${databaseName} was half dropped by somebody else; only DROP DATABASE is possible on it`)
  }
}

async function recoverCopy(
  admin: pg.Client,
  { adminUrl }: PortalRef,
  database: FoundDatabase,
  recovered: Recovered,
): Promise<void> {
  const why = whyRemoved(database)
  if (why !== null) {
    const dropped = await ifIdle(admin, database.name, async () => {
      await dropCopy(adminUrl, database.name)
      return true
    })
    if (dropped) recovered.removed.push({ databaseName: database.name, why })
    return
  }
  await closeIfUnused(admin, database.name)
  const snapshot = asSnapshot(database)
  if (snapshot) recovered.unclaimed.push({ ...snapshot, bytes: await databaseBytes(admin, database.name) })
}

/** Why a copy of ours is no snapshot, in words. Null for a finished one. */
function whyRemoved({ marker, connectionLimit, mine }: FoundDatabase): string | null {
  if (connectionLimit === invalidConnectionLimit) return 'its removal was interrupted'
  if (marker === null) return mine ? 'its making was interrupted before it was marked' : null
  if (marker.purpose === 'clone') return 'it was scratch of a call that is gone'
  if (marker.state === 'making') return 'its making was interrupted'
  return null
}
