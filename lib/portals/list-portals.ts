import { asc, eq, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { datastores, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { SystemActor } from '#lib/domain/actor.ts'

export type ListedPortal = {
  portalId: string
  externalId: string
  name: string
  plan: string
  edition: 'cloud' | 'self_hosted'
  status: 'active' | 'suspended' | 'deleted'
  /** Null for a self-hosted portal. Holds a password: for the operator's own terminal only. */
  databaseUrl: string | null
}

/** Every portal of the desk with the address of its database, for the operator on the server. */
export async function listPortals(db: Db, _actor: SystemActor): Promise<ListedPortal[]> {
  const rows = await scoped(db, 'system', (tx) =>
    tx
      .select({ portal: portals, adminUrl: datastores.adminUrl })
      .from(portals)
      .leftJoin(datastores, eq(datastores.id, portals.datastoreId))
      .orderBy(asc(portals.externalId)),
  )
  return rows.map(({ portal, adminUrl }) => ({
    portalId: portal.id,
    externalId: portal.externalId,
    name: portal.name,
    plan: portal.plan,
    edition: portal.edition,
    status: portal.status,
    databaseUrl: adminUrl === null || portal.databaseName === null ? null : urlOf(adminUrl, portal.databaseName),
  }))
}

/** A portal by its id or by its external id, as people type either; null when there is none. */
export async function findPortalId(db: Db, _actor: SystemActor, typed: string): Promise<string | null> {
  const [row] = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: portals.id })
      .from(portals)
      .where(
        or(eq(portals.externalId, typed), z.uuid().safeParse(typed).success ? sql`${portals.id} = ${typed}::uuid` : undefined),
      ),
  )
  return row?.id ?? null
}

function urlOf(adminUrl: string, databaseName: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${encodeURIComponent(databaseName)}`
  return url.href
}
