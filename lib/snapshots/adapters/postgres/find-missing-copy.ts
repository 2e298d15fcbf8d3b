import type pg from 'pg'
import type { AdapterRefusal, RestoreRequest } from '../../port.ts'
import { readDatabase } from './marker.ts'

/** Neither rehearsed nor restored without the finished copy that is gone back to and the one that is kept for the way back (R12, S55). */
export async function findMissingCopy(
  admin: pg.Client,
  { snapshot, safety }: Pick<RestoreRequest, 'snapshot' | 'safety'>,
): Promise<AdapterRefusal | null> {
  const kept = await readDatabase(admin, safety.databaseName)
  if (kept?.marker?.state !== 'ready') return { code: 'safety_copy_missing', facts: { databaseName: safety.databaseName } }
  const stored = await readDatabase(admin, snapshot.databaseName)
  return stored?.marker?.state === 'ready' ? null : { code: 'snapshot_missing', facts: { databaseName: snapshot.databaseName } }
}
