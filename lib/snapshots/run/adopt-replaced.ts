import { eq, sql } from 'drizzle-orm'
import { snapshots } from '#db/schema/index.ts'
import { guarded } from '../lease.ts'
import type { RunContext } from './run-context.ts'

/**
 * After a swap the replaced database holds the portal's last instant before it: it becomes the run's safety copy. Written once however
 * often it is asked, since a kill may come right after. Returns the snapshot's id at the desk.
 */
export async function adoptReplaced(context: RunContext, databaseName: string): Promise<string> {
  const { db, lease, own, run, signal } = context
  const manifest = await own.adapter.describe(own.ref, { id: databaseName, databaseName }, signal)
  const place = await own.adapter.placeOf(own.ref, 'safety', signal)
  return guarded(db, lease, async (tx) => {
    const [known] = await tx.select({ id: snapshots.id }).from(snapshots).where(eq(snapshots.databaseName, databaseName))
    if (known) return known.id
    const [row] = await tx
      .insert(snapshots)
      .values({
        portalId: run.portalId,
        datastoreId: own.datastoreId,
        adapter: own.adapterName,
        label: 'safety',
        note: `replaced by ${run.kind} run ${run.id}`,
        state: 'ready',
        databaseName,
        way: 'physical',
        completedAt: sql`clock_timestamp()`,
        tableCount: manifest.tables.length,
        rowCount: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
        byteCount: manifest.tables.reduce((sum, table) => sum + table.bytes, 0),
        manifest,
        place,
        leaseToken: lease.token,
      })
      .returning({ id: snapshots.id })
    if (!row) throw new Error('an inserted snapshot row did not come back')
    return row.id
  })
}
