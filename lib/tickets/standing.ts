import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { ownerships, portalPeople, ticketWatchers, users } from '#db/schema/index.ts'
import type { Actor, Person } from '#lib/domain/actor.ts'
import type { Instant } from '#lib/domain/instants.ts'
import type { Party } from '#lib/domain/permissions.ts'

type Ticket = { id: string; requesterId: string; assigneeId: string | null }

/**
 * What this actor is to a portal, and to one of its tickets, as the tables say now: neither session nor page is asked, so a right
 * that was withdrawn between page and click is gone.
 */
export async function standingOf(tx: Tx, actor: Actor, portalId: string, ticket: Ticket | null): Promise<Set<Party>> {
  if (actor.kind === 'system') return new Set([actor.part])
  const found = new Set<Party>()
  const { userId } = actor
  const [user] = await tx
    .select({ deskRoles: users.deskRoles })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deactivatedAt)))
  if (!user) return found
  const ofPortal = await partiesOfPortal(tx, userId, portalId)
  for (const party of [...ofPortal, ...user.deskRoles]) found.add(party)
  if (ticket === null) return found
  // S14: whoever left the portal has no part in its tickets any more.
  if (ticket.requesterId === userId && ofPortal.length > 0) found.add('requester')
  if (ticket.assigneeId === userId && user.deskRoles.length > 0) found.add('assignee')
  if (ofPortal.length > 0 && (await watches(tx, userId, ticket.id))) found.add('watcher')
  return found
}

/** The portal's owner today, or null in the moment between two. */
export async function ownerOf(tx: Tx, portalId: string): Promise<{ userId: string; since: Date } | null> {
  const [owner] = await tx
    .select({ userId: ownerships.userId, since: ownerships.fromAt })
    .from(ownerships)
    .where(and(eq(ownerships.portalId, portalId), isNull(ownerships.toAt)))
  return owner ?? null
}

/** Since when this person's authenticator app is set up, whether or not it was used in this session; null without one. */
export async function authenticatorSince(tx: Tx, { userId }: Person): Promise<Instant | null> {
  const [user] = await tx
    .select({ since: users.totpConfirmedAt })
    .from(users)
    .where(and(eq(users.id, userId), isNotNull(users.totpSecret)))
  return user?.since?.toISOString() ?? null
}

async function partiesOfPortal(tx: Tx, userId: string, portalId: string): Promise<Party[]> {
  if ((await ownerOf(tx, portalId))?.userId === userId) return ['owner', 'member']
  const [row] = await tx
    .select({ userId: portalPeople.userId })
    .from(portalPeople)
    .where(and(eq(portalPeople.portalId, portalId), eq(portalPeople.userId, userId), isNull(portalPeople.deactivatedAt)))
  return row ? ['member'] : []
}

async function watches(tx: Tx, userId: string, ticketId: string): Promise<boolean> {
  const [row] = await tx
    .select({ userId: ticketWatchers.userId })
    .from(ticketWatchers)
    .where(and(eq(ticketWatchers.ticketId, ticketId), eq(ticketWatchers.userId, userId)))
  return row !== undefined
}
