import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'

export type DeskPortal = {
  now: Date
  retentionDays: number
  captureEveryHours: number
  portal: Pick<
    typeof portals.$inferSelect,
    'id' | 'externalId' | 'name' | 'edition' | 'plan' | 'status' | 'timeZone' | 'quietHour' | 'userCount' | 'filesPath'
  >
}

/** A portal as the desk looks at it. Null for somebody who is not of the desk, and where there is no such portal (I8). */
export async function readDeskPortal(db: Db, actor: Person, externalId: string): Promise<DeskPortal | null> {
  if (actor.deskRoles.length === 0) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const { id, name, edition, plan, status, timeZone, quietHour, userCount, filesPath } = portals
    const [portal] = await tx
      .select({ id, externalId: portals.externalId, name, edition, plan, status, timeZone, quietHour, userCount, filesPath })
      .from(portals)
      .where(eq(portals.externalId, externalId))
    if (!portal) return null
    const { retentionDays, captureEveryHours } = await currentPolicy(tx)
    return { now: new Date(await databaseNow(tx)), retentionDays, captureEveryHours, portal }
  })
}
