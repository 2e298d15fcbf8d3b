import { eq, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { portals } from '#db/schema/index.ts'

/** Of which moments a restore point may be asked for: those that the adapter said last it can make, none older than the retention (R2). */
export type Moments = { from: Date; to: Date }

/** Null where none are offered. In the transaction of whoever may see the portal. */
export async function momentsOf(
  tx: Tx,
  { portalId, retentionDays }: { portalId: string; retentionDays: number },
): Promise<Moments | null> {
  const oldest = sql`clock_timestamp() - make_interval(hours => ${retentionDays * 24}::int)`
  const [row] = await tx
    .select({
      from: sql<string | null>`greatest(${portals.momentsFrom}, ${oldest})`,
      to: portals.momentsTo,
      since: portals.momentsFrom,
    })
    .from(portals)
    .where(eq(portals.id, portalId))
  if (!row?.from || row.since === null || row.to === null) return null
  const from = new Date(row.from)
  return from < row.to ? { from, to: row.to } : null
}
