import type { Db } from '../client.ts'
import { datastores, ownerships, portalPeople, portals, previews, snapshots, tickets, users } from '../schema/index.ts'
import { scoped } from '../scope.ts'

type Row<T extends { $inferInsert: unknown }> = Partial<T['$inferInsert']>

let made = 0
/** Unique within a run, and readable in a failure: `person 7`. */
const next = (kind: string) => `${kind} ${++made}`

/** A person; give `deskRoles` for somebody of the vendor. */
export async function makeUser(db: Db, with_: Row<typeof users> = {}): Promise<typeof users.$inferSelect> {
  const name = with_.name ?? next('person')
  return one(
    await insert(db, (tx) =>
      tx
        .insert(users)
        .values({ name, email: `${name.replaceAll(' ', '.')}@example.test`, ...with_ })
        .returning(),
    ),
  )
}

/** A cloud portal on a paid plan, with its owner and a datastore of its own that points nowhere unless told. */
export async function makePortal(
  db: Db,
  with_: Row<typeof portals> & { adminUrl?: string; owner?: { id: string } } = {},
): Promise<{ portal: typeof portals.$inferSelect; owner: typeof users.$inferSelect | { id: string } }> {
  const { adminUrl, owner: given, ...columns } = with_
  const owner = given ?? (await makeUser(db))
  const name = columns.name ?? next('portal')
  const portal = await scoped(db, 'system', async (tx) => {
    const datastoreId =
      columns.datastoreId ??
      one(
        await tx
          .insert(datastores)
          .values({
            name: `store of ${name}`,
            adminUrl: adminUrl ?? 'postgres://nobody@127.0.0.1:1/none',
            systemIdentifier: `test-${crypto.randomUUID()}`,
          })
          .returning(),
      ).id
    const externalId = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
    const row = one(
      await tx
        .insert(portals)
        .values({
          externalId,
          name,
          edition: 'cloud',
          plan: 'business',
          datastoreId,
          databaseName: externalId,
          crmSchemas: ['crm'],
          ...columns,
        })
        .returning(),
    )
    await tx.insert(ownerships).values({ portalId: row.id, userId: owner.id })
    return row
  })
  return { portal, owner }
}

/** Somebody of a portal who does not own it. */
export async function makeMember(
  db: Db,
  portalId: string,
  relation: 'admin' | 'member' = 'member',
): Promise<typeof users.$inferSelect> {
  const user = await makeUser(db)
  await scoped(db, 'system', (tx) => tx.insert(portalPeople).values({ portalId, userId: user.id, relation }))
  return user
}

/** A finished daily snapshot, one hour old unless told. No database stands behind it. */
export async function makeSnapshot(
  db: Db,
  portal: { id: string; datastoreId: string | null },
  with_: Row<typeof snapshots> = {},
): Promise<typeof snapshots.$inferSelect> {
  if (!portal.datastoreId) throw new Error('a self-hosted portal has no snapshots')
  const completedAt = new Date(Date.now() - 3_600_000)
  const values = {
    portalId: portal.id,
    datastoreId: portal.datastoreId,
    label: 'daily' as const,
    state: 'ready' as const,
    databaseName: `rd_${crypto.randomUUID().slice(0, 8)}`,
    startedAt: completedAt,
    completedAt,
    ...with_,
  }
  return one(await insert(db, (tx) => tx.insert(snapshots).values(values).returning()))
}

/** A loss preview that is ready to be consented to. */
export async function makePreview(
  db: Db,
  snapshot: { id: string; portalId: string },
  with_: Row<typeof previews> = {},
): Promise<typeof previews.$inferSelect> {
  const values = {
    portalId: snapshot.portalId,
    snapshotId: snapshot.id,
    scope: 'crm' as const,
    state: 'ready' as const,
    digest: `digest-${crypto.randomUUID()}`,
    method: 'exact' as const,
    way: 'in_place' as const,
    policyVersion: 1,
    takenAt: new Date(),
    ...with_,
  }
  return one(await insert(db, (tx) => tx.insert(previews).values(values).returning()))
}

/** A bare ticket row past the door, for reads and constraints; what the door must decide is opened through the door. */
export async function makeTicketRow(
  db: Db,
  of: { portalId: string; requesterId: string },
  with_: Row<typeof tickets> = {},
): Promise<typeof tickets.$inferSelect> {
  const snapshotId = with_.snapshotId ?? (await snapshotOf(db, of.portalId)).id
  const previewId = with_.previewId ?? (await makePreview(db, { id: snapshotId, portalId: of.portalId })).id
  const values = {
    ...of,
    scope: 'crm' as const,
    snapshotId,
    previewId,
    subject: next('ticket'),
    reason: 'somebody deleted the wrong thing',
    state: 'verifyingOwner',
    machineState: {},
    machineVersion: 1,
    policyVersion: 1,
    turn: 'owner',
    ...with_,
  }
  return one(await insert(db, (tx) => tx.insert(tickets).values(values).returning()))
}

async function snapshotOf(db: Db, portalId: string): Promise<typeof snapshots.$inferSelect> {
  const portal = await scoped(db, 'system', (tx) => tx.query.portals.findFirst({ where: (p, { eq }) => eq(p.id, portalId) }))
  if (!portal) throw new Error(`no portal ${portalId}`)
  return makeSnapshot(db, portal)
}

function insert<T>(db: Db, work: Parameters<typeof scoped<T>>[2]): Promise<T> {
  return scoped(db, 'system', work)
}

function one<T>(rows: T[]): T {
  const [row] = rows
  if (row === undefined) throw new Error('nothing was inserted')
  return row
}
