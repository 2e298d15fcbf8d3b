import { and, asc, eq, isNull, ne } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { ownerships, portalPeople, portals, users } from '#db/schema/index.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'

/**
 * S7: an owner's new authenticator may be a thief's, who reads the owner's mail as well; so the other administrators of each portal that this
 * person owns are told. Needs the scope `system`.
 */
export async function tellAdministrators(tx: Tx, { userId, at }: { userId: string; at: string }): Promise<void> {
  const administrators = await tx
    .select({ portalId: portals.id, portalName: portals.name, email: users.email, locale: users.locale })
    .from(ownerships)
    .innerJoin(portals, eq(portals.id, ownerships.portalId))
    .innerJoin(portalPeople, eq(portalPeople.portalId, portals.id))
    .innerJoin(users, eq(users.id, portalPeople.userId))
    .where(
      and(
        eq(ownerships.userId, userId),
        isNull(ownerships.toAt),
        eq(portalPeople.relation, 'admin'),
        ne(users.id, userId),
        isNull(portalPeople.deactivatedAt),
        isNull(users.deactivatedAt),
      ),
    )
    .orderBy(asc(portals.name), asc(users.email))
  for (const { portalId, portalName, email, locale } of administrators) {
    await enqueueMail(tx, { template: 'owner_second_step_enrolled', data: { portalName, at }, to: { email, locale }, portalId })
  }
}
