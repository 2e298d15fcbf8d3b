import postgres from 'postgres'
import type { Db } from '#db/client.ts'
import { datastores, policyVersions, portals, previews, snapshots, tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'

/** A datastore that stands for the server at `adminUrl`. */
export async function addDatastore(db: Db, adminUrl: string): Promise<string> {
  const client = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  const [control] = await client`select system_identifier::text as identifier from pg_control_system()`
  await client.end()
  const systemIdentifier = String(control?.identifier)
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx
      .insert(datastores)
      .values({ name: 'here', adminUrl, systemIdentifier })
      .returning({ id: datastores.id })
    return row?.id ?? ''
  })
}

type PortalValues = Partial<typeof portals.$inferInsert> & { datastoreId: string; databaseName: string }

/** An active cloud portal, of whatever the test does not name. */
export async function addPortal(db: Db, values: PortalValues): Promise<string> {
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx
      .insert(portals)
      .values({
        externalId: crypto.randomUUID(),
        name: 'Kowalski & Sons',
        edition: 'cloud',
        plan: 'professional',
        userCount: 7,
        ...values,
      })
      .returning({ id: portals.id })
    return row?.id ?? ''
  })
}

/** A finished snapshot as a row only: for what the catalogue decides, where no data is touched. */
export async function addSnapshotRow(
  db: Db,
  values: { portalId: string; datastoreId: string; completedAt: Date },
): Promise<string> {
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx
      .insert(snapshots)
      .values({
        label: 'daily',
        state: 'ready',
        databaseName: `rd_${crypto.randomUUID()}`,
        startedAt: values.completedAt,
        ...values,
      })
      .returning({ id: snapshots.id })
    return row?.id ?? ''
  })
}

/** A ticket's row, so that holds have something to belong to. What its machine thinks plays no part here. */
export async function addTicketRow(db: Db, input: { portalId: string; snapshotId: string; state?: string }): Promise<string> {
  return scoped(db, 'system', async (tx) => {
    const email = `${crypto.randomUUID()}@example.test`
    const [person] = await tx.insert(users).values({ name: 'Ola Nowak', email }).returning({ id: users.id })
    const { portalId, snapshotId } = input
    const [preview] = await tx
      .insert(previews)
      .values({ portalId, snapshotId, scope: 'crm', policyVersion: 1 })
      .returning({ id: previews.id })
    const [row] = await tx
      .insert(tickets)
      .values({
        portalId,
        snapshotId,
        scope: 'crm',
        previewId: preview?.id ?? '',
        requesterId: person?.id ?? '',
        subject: 'Deals gone',
        reason: 'Somebody deleted them',
        state: input.state ?? 'closed',
        machineState: {},
        machineVersion: 1,
        policyVersion: 1,
        turn: 'nobody',
      })
      .returning({ id: tickets.id })
    return row?.id ?? ''
  })
}

/** Version 1 of the policy: the defaults, changed where the test says. */
export async function addPolicy(db: Db, policy: Record<string, unknown> = {}): Promise<void> {
  await scoped(db, 'system', (tx) => tx.insert(policyVersions).values({ version: 1, policy }))
}
