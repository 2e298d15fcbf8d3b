import { and, desc, eq, isNotNull, isNull, lte, or } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { alerts, portals, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type Actor, actorKey } from '#lib/domain/actor.ts'
import { massDeletionSchema } from './mass-deletion.ts'
import { tableName } from './table-name.ts'

export type MassDeletionRead = {
  id: string
  /** It began after `from` and was over by `until`, as far as the looks can tell. */
  from: Date
  until: Date
  deleted: number
  /** By what people call the tables, the most first. */
  tables: { name: { en: string; pl: string }; rows: number }[]
  /** Null where no restore point from before it is kept any more. */
  proposed: { snapshotId: string; completedAt: Date; scope: 'crm' | 'full' } | null
}

/** Mass deletions of a portal that nobody has acted on yet, newest first (R15). */
export async function readMassDeletions(db: Db, actor: Actor, portalId: string): Promise<MassDeletionRead[]> {
  return scoped(db, actorKey(actor), async (tx) => {
    const rows = await tx
      .select({ alert: alerts, tableWords: portals.tableWords })
      .from(alerts)
      .innerJoin(portals, eq(portals.id, alerts.portalId))
      .where(and(eq(alerts.kind, 'mass_deletion'), eq(alerts.portalId, portalId), isNull(alerts.resolvedAt)))
      .orderBy(desc(alerts.raisedAt))
    return Promise.all(rows.map((row) => told(tx, portalId, row)))
  })
}

/** One of them, acted on or not: what a link in a mail leads to. Null for another portal's. */
export async function readMassDeletion(
  db: Db,
  actor: Actor,
  { portalId, alertId }: { portalId: string; alertId: string },
): Promise<MassDeletionRead | null> {
  return scoped(db, actorKey(actor), async (tx) => {
    const [row] = await tx
      .select({ alert: alerts, tableWords: portals.tableWords })
      .from(alerts)
      .innerJoin(portals, eq(portals.id, alerts.portalId))
      .where(and(eq(alerts.kind, 'mass_deletion'), eq(alerts.portalId, portalId), eq(alerts.id, alertId)))
    return row ? told(tx, portalId, row) : null
  })
}

type Row = { alert: typeof alerts.$inferSelect; tableWords: (typeof portals.$inferSelect)['tableWords'] }

async function told(tx: Tx, portalId: string, { alert, tableWords }: Row): Promise<MassDeletionRead> {
  const { from, until, deleted, tables } = massDeletionSchema.parse(alert.detail)
  const before = await pointBefore(tx, portalId, new Date(from))
  const inCrm = tables.filter((table) => table.inCrm).reduce((total, { rows }) => total + rows, 0)
  return {
    id: alert.id,
    from: new Date(from),
    until: new Date(until),
    deleted,
    tables: tables.map((table) => ({ name: tableName(tableWords, table), rows: table.rows })),
    // The smaller scope where it brings back the better part: it costs others the least.
    proposed: before === null ? null : { ...before, scope: 2 * inCrm >= deleted ? 'crm' : 'full' },
  }
}

/** S28: the newest restore point that was complete before the deletion began. */
async function pointBefore(tx: Tx, portalId: string, from: Date): Promise<{ snapshotId: string; completedAt: Date } | null> {
  const [point] = await tx
    .select({ snapshotId: snapshots.id, completedAt: snapshots.completedAt })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.portalId, portalId),
        // The second place holds the same days, and takes longer to open.
        eq(snapshots.inSecondPlace, false),
        eq(snapshots.state, 'ready'),
        or(eq(snapshots.label, 'daily'), eq(snapshots.label, 'manual')),
        isNotNull(snapshots.completedAt),
        lte(snapshots.completedAt, from),
      ),
    )
    .orderBy(desc(snapshots.completedAt))
    .limit(1)
  return point?.completedAt ? { snapshotId: point.snapshotId, completedAt: point.completedAt } : null
}
