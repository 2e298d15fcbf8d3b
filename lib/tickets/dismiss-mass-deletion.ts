import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { alerts } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { type Refusal, refuse } from '#lib/domain/refusal.ts'
import { standingOf } from './standing.ts'

export const dismissMassDeletionInput = z.object({ portalId: z.uuid(), alertId: z.uuid() })

/**
 * The owner says that the deletion was meant (R15): the alarm ends, at the desk too, with who said so. Nobody else's word is enough, since
 * whoever deleted by mistake or in anger would say the same. Twice is fine.
 */
export async function dismissMassDeletion(
  db: Db,
  actor: Person,
  input: z.input<typeof dismissMassDeletionInput>,
): Promise<{ ok: true } | { ok: false; refusal: Refusal }> {
  const { portalId, alertId } = dismissMassDeletionInput.parse(input)
  return scoped(db, actorKey(actor), async (tx) => {
    const standing = await standingOf(tx, actor, portalId, null)
    if (!standing.has('owner')) return { ok: false, refusal: refuse('not_owner', {}, 'R4') }
    const said = JSON.stringify({ meantBy: actor.userId })
    await tx
      .update(alerts)
      .set({ resolvedAt: sql`clock_timestamp()`, detail: sql`${alerts.detail} || ${said}::jsonb` })
      .where(
        and(eq(alerts.id, alertId), eq(alerts.portalId, portalId), eq(alerts.kind, 'mass_deletion'), isNull(alerts.resolvedAt)),
      )
    return { ok: true }
  })
}
