import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { makeMember, makeUser } from '#db/testing/factories.ts'
import type { DeskRole } from '#lib/domain/actor.ts'
import { incidentSql, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { person, type Scene } from './desk.ts'

/** The desk's people around a portal whose data is real. */
export async function realScene(db: Db, world: PortalWorld): Promise<Scene> {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(incidentSql)
  const preview = await readReadyPreview(db, await world.preview(snapshot.id))
  const staff = async (role: DeskRole) => person(await makeUser(db, { deskRoles: [role] }), { roles: [role] })
  return {
    portal: world.portal,
    snapshot,
    preview,
    scope: 'crm',
    owner: person(world.owner),
    requester: person(await makeMember(db, world.portal.id)),
    agent: await staff('agent'),
    agent2: await staff('agent'),
    admin: await staff('admin'),
    approver: await staff('approver'),
    approver2: await staff('approver'),
  }
}

export async function readReadyPreview(db: Db, id: string) {
  const [row] = await scoped(db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, id)))
  if (!row) throw new Error('no such preview')
  return row
}
