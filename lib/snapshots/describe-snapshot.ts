import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type Actor, actorKey } from '#lib/domain/actor.ts'
import type { SnapshotRow } from './catalogue-rows.ts'
import { type Manifest, manifestSchema } from './port.ts'

export type DescribedSnapshot = { snapshot: SnapshotRow; manifest: Manifest | null }

/** One snapshot with its manifest as kept at the capture; null when the actor may not see it or it does not exist (I8). */
export async function describeSnapshot(db: Db, actor: Actor, input: { snapshotId: string }): Promise<DescribedSnapshot | null> {
  const [row] = await scoped(db, actorKey(actor), (tx) => tx.select().from(snapshots).where(eq(snapshots.id, input.snapshotId)))
  if (!row) return null
  return { snapshot: row, manifest: row.manifest === null ? null : manifestSchema.parse(row.manifest) }
}
