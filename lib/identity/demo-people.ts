import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { ownerships, portalPeople, portals, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { DeskRole, Locale } from '#lib/domain/actor.ts'
import { currentCode, unsealTotpSecret } from './totp.ts'

export type PortalRelation = 'owner' | 'admin' | 'member'
export type DemoPerson = { userId: string; name: string; email: string; locale: Locale; sealedTotp: string | null }
export type DemoPeople = {
  portals: {
    externalId: string
    name: string
    plan: string
    edition: 'cloud' | 'self_hosted'
    status: 'active' | 'suspended' | 'deleted'
    people: (DemoPerson & { relation: PortalRelation })[]
  }[]
  staff: (DemoPerson & { deskRoles: DeskRole[] })[]
}

const person = {
  userId: users.id,
  name: sql<string>`coalesce(${users.name}, ${users.email})`,
  email: users.email,
  locale: users.locale,
  sealedTotp: users.totpSecret,
}

/** Everybody who can sign in, for the demo's lists: customers by portal (owner first), then the desk. Never called outside the demo. */
export async function listDemoPeople(db: Db): Promise<DemoPeople> {
  return scoped(db, 'system', async (tx) => {
    const customers = await tx
      .select({ ...person, portalId: portals.id, relation: sql<PortalRelation>`related.relation` })
      .from(users)
      .innerJoin(
        sql`(select ${ownerships.portalId} as portal_id, ${ownerships.userId} as user_id, 'owner' as relation from ${ownerships} where ${ownerships.toAt} is null
             union all
             select ${portalPeople.portalId}, ${portalPeople.userId}, ${portalPeople.relation} from ${portalPeople} where ${portalPeople.deactivatedAt} is null) related`,
        sql`related.user_id = ${users.id}`,
      )
      .innerJoin(portals, sql`${portals.id} = related.portal_id`)
      .where(isNull(users.deactivatedAt))
      .orderBy(sql`array_position(array['owner','admin','member'], related.relation)`, users.name)
    const listed = await tx.select().from(portals).orderBy(portals.name)
    const staff = await tx
      .select({ ...person, deskRoles: users.deskRoles })
      .from(users)
      .where(and(isNull(users.deactivatedAt), sql`${users.deskRoles} <> '{}'`))
      .orderBy(users.deskRoles, users.name)
    return {
      staff,
      portals: listed.map(({ id, externalId, name, plan, edition, status }) => ({
        externalId,
        name,
        plan,
        edition,
        status,
        people: customers.filter((it) => it.portalId === id).map(({ portalId: _, ...rest }) => rest),
      })),
    }
  })
}

/** A demo person's authenticator, as their telephone would show it; `nowMs` by the database's clock. */
export async function demoAuthenticators(
  db: Db,
  { authSecret }: { authSecret: string },
  people: DemoPerson[],
): Promise<Map<string, { base32: string; code: string; secondsLeft: number }>> {
  const [clock] = await db.execute<{ ms: number }>(sql`select (extract(epoch from now()) * 1000)::float8 as ms`)
  if (!clock) throw new Error('the database has no time')
  return new Map(
    people.flatMap(({ userId, sealedTotp }) => {
      if (!sealedTotp) return []
      const base32 = unsealTotpSecret(authSecret, sealedTotp)
      return [[userId, { base32, ...currentCode(base32, clock.ms) }] as const]
    }),
  )
}

/** The active person with this id, for choosing who to be; null otherwise. */
export async function findDemoPerson(db: Db, userId: string): Promise<{ locale: Locale; ofDesk: boolean } | null> {
  const [found] = await db
    .select({ locale: users.locale, deskRoles: users.deskRoles })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deactivatedAt)))
  return found ? { locale: found.locale, ofDesk: found.deskRoles.length > 0 } : null
}
