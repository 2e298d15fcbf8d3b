import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { type AdapterName, billingAccounts, datastores, ownerships, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { locales, type SystemActor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import type { DatabaseIdentity, Health } from '#lib/snapshots/port.ts'
import { adapterNamed, adapterNames } from '#lib/snapshots/registry.ts'
import { freeExternalId } from './external-id.ts'
import { personOfAddress } from './person-of-address.ts'

export const registerPortalInput = z.object({
  name: z.string().trim().min(1).max(200),
  /** Of a role that may capture and restore; its path names the portal's database. */
  databaseUrl: z.string().regex(/^postgres(ql)?:\/\//),
  /** The owner's address; a person of that address is made when there is none. */
  owner: z.string().trim().toLowerCase().pipe(z.email()),
  ownerName: z.string().trim().min(1).max(200).optional(),
  crmSchemas: z.array(z.string().min(1)).default([]),
  /** `name` or `schema.name`, `*` for any run of characters. */
  crmTables: z.array(z.string().min(1)).default([]),
  /** Who keeps its snapshots. One server's portals share one adapter, which is the datastore's. */
  adapter: z.enum(adapterNames).default('postgres'),
  plan: z.string().trim().min(1).max(100).default('business'),
  locale: z.enum(locales).default('en'),
  timeZone: z.string().default('UTC'),
})
export type RegisterPortalInput = z.infer<typeof registerPortalInput>
type Registered = { portalId: string; externalId: string; datastore: string; notes: string[] }

/**
 * Puts an existing PostgreSQL database behind the desk: connects, asks the adapter whether it can be captured and restored (the
 * desk's own database is recognised and refused, S106), and writes portal, datastore and owner. A plan other than `free` counts
 * as paid: whoever has the operator's shell records what was bought. Facts of a refusal name what is wrong, in words.
 */
export async function registerPortal(db: Db, _actor: SystemActor, input: RegisterPortalInput): Promise<Answer<Registered>> {
  const databaseName = decodeURIComponent(new URL(input.databaseUrl).pathname.slice(1))
  if (databaseName === '') return no(refuse('invalid_input', { field: 'databaseUrl', problem: 'it names no database' }))
  if (input.crmSchemas.length + input.crmTables.length === 0) {
    return no(refuse('invalid_input', { field: 'crmSchemas', problem: 'nothing is named that belongs to the CRM' }))
  }
  const examined = await examine(db, input, databaseName)
  if (!examined.ok) return examined
  const { identity, adminUrl, health } = examined
  return scoped(db, 'system', async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('register-portal'))`)
    const datastore = await keepDatastore(tx, identity, { adminUrl, adapter: input.adapter })
    if (datastore.adapter !== input.adapter) {
      const problem = `the portals of that server are kept by the adapter ${datastore.adapter}`
      return no(refuse('invalid_input', { field: 'adapter', problem }))
    }
    const [known] = await tx
      .select({ externalId: portals.externalId })
      .from(portals)
      .where(and(eq(portals.datastoreId, datastore.id), eq(portals.databaseName, databaseName)))
    if (known) return no(refuse('invalid_input', { field: 'databaseUrl', problem: `it is the database of ${known.externalId}` }))
    const portal = await addPortal(tx, input, datastore.id, databaseName)
    return { ok: true, ...portal, datastore: datastore.name, notes: health.notes }
  })
}

type Examined = { identity: DatabaseIdentity; adminUrl: string; health: Health }

/** Through the address we already know of that server, if it has one that works; else through the given one. */
async function examine(db: Db, input: RegisterPortalInput, databaseName: string): Promise<Answer<Examined>> {
  const desk = await deskIdentity(db)
  const given = await askHealth(input, input.databaseUrl, databaseName, desk)
  if (!given.ok || !given.health.identity) return given.ok ? unhealthy(given.health) : given
  const stored = await storedAdminUrl(db, given.health.identity)
  const known = stored === null ? null : await askHealth(input, stored, databaseName, desk)
  const { health } = known?.ok ? known : given
  if (!health.ok || !health.identity) return unhealthy(health)
  return { ok: true, identity: health.identity, adminUrl: known?.ok && stored !== null ? stored : input.databaseUrl, health }
}

async function askHealth(
  input: RegisterPortalInput,
  adminUrl: string,
  databaseName: string,
  desk: DatabaseIdentity,
): Promise<Answer<{ health: Health }>> {
  const scopePatterns = { schemas: input.crmSchemas, tables: input.crmTables }
  try {
    const portal = { id: '00000000-0000-0000-0000-000000000000', adminUrl, databaseName, scopePatterns }
    return { ok: true, health: await adapterNamed(input.adapter).health(portal, desk) }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return no(refuse('invalid_input', { field: 'databaseUrl', problem: `no connection: ${problem}` }))
  }
}

const unhealthy = (health: Health) =>
  no(
    refuse('invalid_input', {
      field: 'databaseUrl',
      problem: health.problems.map(({ words }) => words).join('; '),
      codes: health.problems.map(({ code }) => code),
    }),
  )

async function deskIdentity(db: Db): Promise<DatabaseIdentity> {
  const [row] = await db.execute<{ system: string; oid: string }>(
    sql`select s.system_identifier::text as system, d.oid::text as oid from pg_control_system() s, pg_database d where d.datname = current_database()`,
  )
  if (!row) throw new Error('the database did not say which it is')
  return { systemIdentifier: row.system, databaseOid: Number(row.oid) }
}

async function storedAdminUrl(db: Db, { systemIdentifier }: DatabaseIdentity): Promise<string | null> {
  const [row] = await scoped(db, 'system', (tx) =>
    tx.select({ adminUrl: datastores.adminUrl }).from(datastores).where(eq(datastores.systemIdentifier, systemIdentifier)),
  )
  return row?.adminUrl ?? null
}

/** One server under two host names is one datastore; the address that was just proved to work is kept. */
async function keepDatastore(
  tx: Tx,
  { systemIdentifier }: DatabaseIdentity,
  { adminUrl, adapter }: { adminUrl: string; adapter: AdapterName },
): Promise<{ id: string; name: string; adapter: AdapterName }> {
  const url = new URL(adminUrl)
  const [row] = await tx
    .insert(datastores)
    .values({ name: `${url.hostname}:${url.port || 5432}`, adapter, adminUrl, systemIdentifier })
    .onConflictDoUpdate({ target: datastores.systemIdentifier, set: { adminUrl } })
    .returning({ id: datastores.id, name: datastores.name, adapter: datastores.adapter })
  if (!row) throw new Error('the datastore was not written')
  return row
}

async function addPortal(
  tx: Tx,
  input: RegisterPortalInput,
  datastoreId: string,
  databaseName: string,
): Promise<{ portalId: string; externalId: string }> {
  const externalId = await freeExternalId(tx, input.name)
  const { name, plan, locale, timeZone, crmSchemas, crmTables } = input
  const [portal] = await tx
    .insert(portals)
    .values({
      externalId,
      name,
      edition: 'cloud',
      plan,
      locale,
      timeZone,
      userCount: 1,
      datastoreId,
      databaseName,
      crmSchemas,
      crmTables,
    })
    .returning({ id: portals.id })
  if (!portal) throw new Error('the portal was not written')
  const userId = await personOfAddress(tx, { email: input.owner, name: input.ownerName ?? null, locale, timeZone })
  await tx.insert(ownerships).values({ portalId: portal.id, userId })
  await tx
    .insert(billingAccounts)
    .values({ portalId: portal.id, provider: 'manual', plan, paid: plan !== 'free', asOf: sql`now()` })
  return { portalId: portal.id, externalId }
}
