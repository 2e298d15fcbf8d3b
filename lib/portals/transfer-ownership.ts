import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { ownerships, portalPeople, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Actor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { personOfAddress } from './person-of-address.ts'

export const transferOwnershipInput = z.object({
  portalId: z.uuid(),
  /** Address of the new owner; a person is made of it where there is none. */
  newOwner: z.string().trim().toLowerCase().pipe(z.email()),
  /** What shows that the portal is theirs now; kept with the history. */
  evidence: z.string().trim().min(1).max(10_000),
})

/**
 * The portal has another owner from now on; the history keeps the old one, who stays an admin of the portal. The live tickets are
 * told by a job of the same commit, which voids consent and asks the new owner (S6). By the vendor's directory or the operator.
 */
export async function transferOwnership(
  db: Db,
  actor: Actor,
  input: z.infer<typeof transferOwnershipInput>,
): Promise<Answer<{ since: string }>> {
  if (actor.kind !== 'system' || !['directory', 'operator'].includes(actor.part)) return no(refuse('not_allowed'))
  return scoped(db, 'system', async (tx) => {
    const [portal] = await tx.select().from(portals).where(eq(portals.id, input.portalId)).for('update')
    if (!portal) return no(refuse('not_found'))
    const { locale, timeZone } = portal
    const newOwnerId = await personOfAddress(tx, { email: input.newOwner, name: null, locale, timeZone })
    const since = await handOver(tx, { ...input, newOwnerId })
    if (since === null) return no(refuse('invalid_input', { fields: ['newOwner'], problem: 'they own the portal already' }))
    const payload = JSON.stringify({ portalId: input.portalId })
    await tx.execute(sql`select enqueue_job('changeOwner', ${payload}::json, null, ${`changeOwner:${input.portalId}`})`)
    return { ok: true, since }
  })
}

type Handing = { portalId: string; newOwnerId: string; evidence: string }

/** Since when; null when nothing changes. */
async function handOver(tx: Tx, { portalId, newOwnerId, evidence }: Handing): Promise<string | null> {
  const current = and(eq(ownerships.portalId, portalId), isNull(ownerships.toAt))
  const [before] = await tx.select({ userId: ownerships.userId }).from(ownerships).where(current)
  if (before?.userId === newOwnerId) return null
  await tx.update(ownerships).set({ toAt: sql`now()` }).where(current)
  if (before) {
    await tx.insert(portalPeople).values({ portalId, userId: before.userId, relation: 'admin' }).onConflictDoNothing()
  }
  const [now] = await tx
    .insert(ownerships)
    .values({ portalId, userId: newOwnerId, evidence })
    .returning({ fromAt: ownerships.fromAt })
  if (!now) throw new Error('the ownership was not written')
  return now.fromAt.toISOString()
}
