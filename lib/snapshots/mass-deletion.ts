import { and, arrayContains, asc, desc, eq, gte, isNull, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { alerts, deletionSamples, ownerships, portals, users } from '#db/schema/index.ts'
import { plusHours } from '#lib/domain/instants.ts'
import type { VersionedPolicy } from '#lib/domain/policy/policy.ts'
import type { MassDeletion } from '#lib/domain/policy/r15-mass-deletion.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import { tableName } from './table-name.ts'

const tableSchema = z.object({ schema: z.string(), table: z.string(), rows: z.number(), inCrm: z.boolean() })

/** What the alert of a mass deletion keeps: counts by table, no row and no person. */
export const massDeletionSchema = z.object({
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  deleted: z.number(),
  usual: z.number(),
  limit: z.number(),
  policyVersion: z.number(),
  /** The most first. */
  tables: z.array(tableSchema),
})

/** A pause of this length ends an event; what is deleted after it is another one. */
const PAUSE_HOURS = 1

/**
 * One alarm an event (R15): the first look that sees it tells owner and desk, later ones only bring its numbers up to date, also after it
 * was acted on. True when it is new.
 */
export async function raiseMassDeletion(tx: Tx, portalId: string, found: MassDeletion): Promise<boolean> {
  const [last] = await tx
    .select()
    .from(alerts)
    .where(and(eq(alerts.kind, 'mass_deletion'), eq(alerts.portalId, portalId)))
    .orderBy(desc(alerts.raisedAt))
    .limit(1)
  const known = last ? massDeletionSchema.parse(last.detail) : null
  if (last && known && Date.parse(found.from) <= Date.parse(plusHours(known.until, PAUSE_HOURS))) {
    const detail = { ...known, ...(await counted(tx, portalId, known.from, found.until)) }
    await tx.update(alerts).set({ detail }).where(eq(alerts.id, last.id))
    return false
  }
  const detail = { ...found, ...(await counted(tx, portalId, found.from, found.until)) }
  const [raised] = await tx
    .insert(alerts)
    .values({ kind: 'mass_deletion', portalId, subject: `${portalId} ${found.from}`, detail })
    .returning({ id: alerts.id })
  if (!raised) throw new Error('an inserted alert did not come back')
  await tell(tx, { portalId, alertId: raised.id, detail })
  return true
}

/** Somebody acts on it: a ticket of the portal is opened or joined. */
export async function endMassDeletions(tx: Tx, portalId: string): Promise<void> {
  await tx
    .update(alerts)
    .set({ resolvedAt: sql`clock_timestamp()` })
    .where(and(eq(alerts.kind, 'mass_deletion'), eq(alerts.portalId, portalId), isNull(alerts.resolvedAt)))
}

/** When the retention has run out there is nothing left that a click could bring back. */
export async function ageMassDeletions(tx: Tx, { retentionDays }: Pick<VersionedPolicy, 'retentionDays'>): Promise<void> {
  await tx
    .update(alerts)
    .set({ resolvedAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(alerts.kind, 'mass_deletion'),
        isNull(alerts.resolvedAt),
        sql`(${alerts.detail} ->> 'from')::timestamptz < clock_timestamp() - make_interval(days => ${retentionDays}::int)`,
      ),
    )
}

type Counted = Pick<z.infer<typeof massDeletionSchema>, 'until' | 'deleted' | 'tables'>

async function counted(tx: Tx, portalId: string, from: string, until: string): Promise<Counted> {
  const samples = await tx
    .select()
    .from(deletionSamples)
    .where(
      and(
        eq(deletionSamples.portalId, portalId),
        gte(deletionSamples.since, new Date(from)),
        lte(deletionSamples.until, new Date(until)),
      ),
    )
  const tables = new Map<string, z.infer<typeof tableSchema>>()
  for (const told of samples.flatMap((sample) => sample.tables)) {
    const name = JSON.stringify([told.schema, told.table])
    tables.set(name, { ...told, rows: told.rows + (tables.get(name)?.rows ?? 0) })
  }
  return {
    until,
    deleted: samples.reduce((total, { deleted }) => total + deleted, 0),
    tables: [...tables.values()].sort((a, b) => b.rows - a.rows),
  }
}

type Telling = { portalId: string; alertId: string; detail: z.infer<typeof massDeletionSchema> }

async function tell(tx: Tx, { portalId, alertId, detail: { from, until, deleted, tables } }: Telling): Promise<void> {
  const [portal] = await tx.select().from(portals).where(eq(portals.id, portalId))
  if (!portal) throw new Error('a portal that was looked at is not there')
  const most = tables[0]
  const mostly = most ? tableName(portal.tableWords, most) : null
  const { name: portalName, externalId } = portal
  const data = { portalName, from, until, deleted, mostly }
  const once = (userId: string) => `mass_deletion:${alertId}:${userId}`
  // Who is both is told as the owner, who can act on it: the key lets no second mail of the alarm to the same person through.
  for (const { userId, ...to } of await ownerOf(tx, portalId)) {
    const full = { ...data, externalId, alertId }
    await enqueueMail(tx, { template: 'mass_deletion', data: full, to, portalId, dedupeKey: once(userId) })
  }
  for (const { userId, ...to } of await agents(tx))
    await enqueueMail(tx, { template: 'mass_deletion_at', data, to, portalId, dedupeKey: once(userId) })
}

const reader = { userId: users.id, email: users.email, locale: users.locale }

/** Nobody in the moment between two owners. */
function ownerOf(tx: Tx, portalId: string) {
  return tx
    .select(reader)
    .from(ownerships)
    .innerJoin(users, eq(users.id, ownerships.userId))
    .where(and(eq(ownerships.portalId, portalId), isNull(ownerships.toAt), isNull(users.deactivatedAt)))
}

function agents(tx: Tx) {
  return tx
    .select(reader)
    .from(users)
    .where(and(arrayContains(users.deskRoles, ['agent']), isNull(users.deactivatedAt)))
    .orderBy(asc(users.email))
}
