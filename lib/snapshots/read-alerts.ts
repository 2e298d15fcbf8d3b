import { desc, eq, isNull } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { alerts, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import type { AlertKind } from './alerts.ts'

export type AlertRead = { id: string; kind: AlertKind; subject: string; portal: string | null; raisedAt: Date }

/** The desk's open alerts, newest first, at most `limit`; nothing for somebody who is not of the desk. */
export async function readOpenAlerts(db: Db, actor: Person, limit: number): Promise<AlertRead[]> {
  if (actor.deskRoles.length === 0) return []
  return scoped(db, actorKey(actor), (tx) =>
    tx
      .select({ id: alerts.id, kind: alerts.kind, subject: alerts.subject, portal: portals.name, raisedAt: alerts.raisedAt })
      .from(alerts)
      .leftJoin(portals, eq(portals.id, alerts.portalId))
      .where(isNull(alerts.resolvedAt))
      .orderBy(desc(alerts.raisedAt))
      .limit(limit),
  )
}
