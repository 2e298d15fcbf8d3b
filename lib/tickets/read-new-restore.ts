import { and, eq, isNull, notInArray } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { ownerships, portals, tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { isPermitted } from '#lib/domain/permissions.ts'
import type { Scope, VersionedPolicy, WholeScope } from '#lib/domain/policy/policy.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { offeredScopes } from '#lib/domain/policy/r3-scopes.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import type { Refusal } from '#lib/domain/refusal.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'
import { portalFacts, statesOutOfTheWay } from './facts.ts'
import { maskName } from './mask-name.ts'
import { portalAbilities } from './portal-scopes.ts'
import { searchScope } from './search-scope.ts'
import { standingOf } from './standing.ts'

export type NewRestore = {
  now: Date
  policy: VersionedPolicy
  portal: Pick<typeof portals.$inferSelect, 'id' | 'externalId' | 'name' | 'edition' | 'plan' | 'timeZone' | 'userCount'>
  isOwner: boolean
  /** The portal's own files go back with the whole portal, where the restore point holds them. */
  keepsFiles: boolean
  /** Masked unless the reader is the owner (S1); null in the moment between two owners. */
  ownerName: string | null
  /** What would be refused whatever is chosen (R8, suspended, deleted, legal hold): said at once instead of a form. */
  refusal: Refusal | null
  /** How far this reader's search for records reaches; null where records cannot be searched. */
  searches: WholeScope | null
  /** What may be asked for here, the smallest first: what the policy offers and the portal's adapter can do. */
  scopes: Scope[]
  /** S39: a new request joins this ticket. */
  live: { number: number; scope: Scope } | null
}

/** What the page for a new restore must know before anything is chosen. Null where this person is nobody of the portal (I8). */
export async function readNewRestore(db: Db, actor: Person, externalId: string): Promise<NewRestore | null> {
  const seen = await scoped(db, actorKey(actor), async (tx) => {
    const { id, name, edition, plan, timeZone, userCount, filesPath } = portals
    const [found] = await tx
      .select({ id, externalId: portals.externalId, name, edition, plan, timeZone, userCount, filesPath })
      .from(portals)
      .where(eq(portals.externalId, externalId))
    if (!found) return null
    // Where they lie is the vendor's affair.
    const { filesPath: files, ...portal } = found
    const parties = await standingOf(tx, actor, portal.id, null)
    if (!isPermitted('OPEN_TICKET', parties)) return null
    const [policy, now, facts, owner, live] = [
      await currentPolicy(tx),
      await databaseNow(tx),
      await portalFacts(tx, portal.id),
      await ownersName(tx, portal.id),
      await liveTicket(tx, portal.id),
    ]
    if (facts === null) return null
    const isOwner = parties.has('owner')
    return {
      now: new Date(now),
      policy,
      portal,
      keepsFiles: files !== null,
      isOwner,
      live,
      reach: await searchScope(tx, actor, { portalId: portal.id, parties, policy }),
      ownerName: owner === null || isOwner ? owner : maskName(owner),
      refusal: firstRefusal([r8SelfHosted(facts, policy), portalStatus(facts, policy)]),
    }
  })
  if (seen === null) return null
  const { reach, ...page } = seen
  const can = await portalAbilities(db, page.portal.id)
  return { ...page, searches: can.search ? reach : null, scopes: offeredScopes(can.scopes, page.policy) }
}

async function ownersName(tx: Tx, portalId: string): Promise<string | null> {
  const [owner] = await tx
    .select({ name: users.name })
    .from(ownerships)
    .innerJoin(users, eq(users.id, ownerships.userId))
    .where(and(eq(ownerships.portalId, portalId), isNull(ownerships.toAt)))
  return owner ? (owner.name ?? '') : null
}

async function liveTicket(tx: Tx, portalId: string): Promise<NewRestore['live']> {
  const [live] = await tx
    .select({ number: tickets.number, scope: tickets.scope })
    .from(tickets)
    .where(and(eq(tickets.portalId, portalId), notInArray(tickets.state, [...statesOutOfTheWay])))
  return live ?? null
}
