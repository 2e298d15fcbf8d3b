import postgres from 'postgres'
import { cloneDatabase, emptyDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { registerPortal, registerPortalInput } from '../register-portal.ts'

export const operator = systemActor('operator')

export type RegisteredPortal = { desk: TestDatabase; portalId: string; drop: () => Promise<void> }

/** A desk of its own with one portal behind it, whose database is what `structure` makes; `crmSchema` is one of its schemas. */
export async function registeredPortal(structure: string, crmSchema: string): Promise<RegisteredPortal> {
  const [desk, database] = await Promise.all([cloneDatabase(), emptyDatabase('registered')])
  const client = postgres(database.url, { max: 1, onnotice: () => undefined })
  await client.unsafe(structure)
  await client.end()
  const portal = { name: 'Registered', databaseUrl: database.url, owner: 'owner@registered.example', crmSchemas: [crmSchema] }
  const registered = await registerPortal(desk.db, operator, registerPortalInput.parse(portal))
  if (!registered.ok) throw new Error(JSON.stringify(registered.refusal))
  const drop = async () => {
    await desk.drop()
    await database.drop()
  }
  return { desk, portalId: registered.portalId, drop }
}
