import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { type Moments, momentsOf } from '#lib/snapshots/moments-of.ts'
import { mayAskMoment } from './ask-moment.ts'
import { currentPolicy } from './current-policy.ts'
import { standingOf } from './standing.ts'

export type OfferedMoments = Moments & { timeZone: string }

/** Of which moments this person may have a restore point made. Null where of none, by them or at all: then nothing is said of it. */
export function readOfferedMoments(db: Db, actor: Person, portalId: string): Promise<OfferedMoments | null> {
  return scoped(db, actorKey(actor), async (tx) => {
    const [portal] = await tx
      .select({ timeZone: portals.timeZone, status: portals.status })
      .from(portals)
      .where(eq(portals.id, portalId))
    if (portal?.status !== 'active' || !mayAskMoment(await standingOf(tx, actor, portalId, null))) return null
    const { retentionDays } = await currentPolicy(tx)
    const moments = await momentsOf(tx, { portalId, retentionDays })
    return moments && { ...moments, timeZone: portal.timeZone }
  })
}
