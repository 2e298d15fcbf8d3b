import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { type ProtectedData, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { SystemActor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { findUnfitProtection } from '#lib/snapshots/check-protection.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { protectedDataSchema, protectionOf } from '#lib/snapshots/protected-data.ts'

export const protectPortalInput = z.object({ portalId: z.uuid(), protectedData: protectedDataSchema })

/**
 * Says what of a portal a restore must not roll back (S63–S70), in place of what was said before. Refused where it names a table or column that the portal
 * does not have, a key, or a value that its column cannot hold: it would protect nothing, or refuse every restore. A preview made before it has another digest than one made after, so consent given meanwhile is asked for again.
 */
export async function protectPortal(
  db: Db,
  _actor: SystemActor,
  { portalId, protectedData }: z.infer<typeof protectPortalInput>,
): Promise<Answer<{ tables: number; columns: number }>> {
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  if (!hand) return no(refuse('invalid_input', { field: 'portal', problem: 'nothing of it is held here' }))
  const unfit = await findUnfitProtection(hand.ref, protectionOf(protectedData))
  if (unfit.length > 0) return no(refuse('invalid_input', { field: 'protected', problem: unfit.join('; ') }))
  await scoped(db, 'system', (tx) =>
    tx.update(portals).set({ protectedData, updatedAt: sql`now()` }).where(eq(portals.id, portalId)),
  )
  return { ok: true, ...countsOf(protectedData) }
}

/** What of a portal is protected now; null where nothing of it is held here. */
export async function readProtection(db: Db, _actor: SystemActor, portalId: string): Promise<ProtectedData | null> {
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  return hand && protectedDataSchema.parse(hand.portal.protectedData)
}

/** How many whole tables, and how many columns of others. */
export function countsOf({ tables, columns }: ProtectedData): { tables: number; columns: number } {
  return { tables: tables.length, columns: columns.reduce((sum, one) => sum + Object.keys(one.columns).length, 0) }
}
