import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { alerts } from '#db/schema/index.ts'

export type AlertKind = typeof alerts.$inferSelect.kind
type Alert = { kind: AlertKind; portalId: string | null; subject: string; detail: Record<string, unknown> }

/** One open alert per kind and subject: a second cause only renews what it says. True when this one is new. */
export async function raiseAlert(tx: Tx, alert: Alert): Promise<boolean> {
  const [row] = await tx
    .insert(alerts)
    .values(alert)
    .onConflictDoUpdate({
      target: [alerts.kind, alerts.subject],
      targetWhere: isNull(alerts.resolvedAt),
      set: { detail: alert.detail },
    })
    .returning({ isNew: sql<boolean>`xmax = 0` })
  return row?.isNew ?? false
}

/** What raised it is over. */
export async function resolveAlert(tx: Tx, kind: AlertKind, subject: string): Promise<void> {
  await tx
    .update(alerts)
    .set({ resolvedAt: sql`clock_timestamp()` })
    .where(and(eq(alerts.kind, kind), eq(alerts.subject, subject), isNull(alerts.resolvedAt)))
}

/** Of a capture: what failed in one place is not made good by what succeeds in the other (R14). */
export const captureFailure = ({ inSecondPlace }: { inSecondPlace: boolean }): AlertKind =>
  inSecondPlace ? 'second_place_failed' : 'capture_failed'
