import { desc, eq, isNull, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { alerts, portals, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { type CaptureReason, captureReasonSchema } from '#lib/domain/capture-reasons.ts'
import type { AlertKind } from './alerts.ts'

export type AlertRead = {
  id: string
  kind: AlertKind
  subject: string
  portal: string | null
  externalId: string | null
  ticket: number | null
  raisedAt: Date
  deleted: number | null
  /** Why a capture failed or a restore point turned out bad. */
  reason: CaptureReason | null
  /** What the program said that failed, where no other page tells it. */
  said: string | null
}

/** R15: how many rows a mass deletion has taken so far; null for any other alert. */
const deletedRows = sql<
  number | null
>`case when ${alerts.kind} = 'mass_deletion' then (${alerts.detail} ->> 'deleted')::float8 end`

/** The desk's open alerts, newest first, at most `limit`; nothing for somebody who is not of the desk. */
export async function readOpenAlerts(db: Db, actor: Person, limit: number): Promise<AlertRead[]> {
  if (actor.deskRoles.length === 0) return []
  return scoped(db, actorKey(actor), async (tx) => {
    const rows = await tx
      .select({
        id: alerts.id,
        kind: alerts.kind,
        subject: alerts.subject,
        portal: portals.name,
        externalId: portals.externalId,
        ticket: tickets.number,
        raisedAt: alerts.raisedAt,
        deleted: deletedRows,
        reason: sql<string | null>`${alerts.detail} ->> 'reasonKind'`,
        said: sql<
          string | null
        >`case when ${alerts.kind} in ('preview_failed', 'drill_failed') then ${alerts.detail} ->> 'reason' end`,
      })
      .from(alerts)
      .leftJoin(portals, eq(portals.id, alerts.portalId))
      .leftJoin(tickets, sql`${tickets.id}::text = ${alerts.detail} ->> 'ticketId'`)
      .where(isNull(alerts.resolvedAt))
      .orderBy(desc(alerts.raisedAt))
      .limit(limit)
    return rows.map((row) => ({ ...row, reason: captureReasonSchema.nullable().parse(row.reason) }))
  })
}
