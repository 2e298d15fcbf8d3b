import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import type { VersionedPolicy } from '#lib/domain/policy/policy.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'

/** The policy that a new ticket would be opened under, with the database's clock. Its numbers are no secret: pages say them to everybody. */
export async function readPolicy(db: Db, actor: Person): Promise<{ policy: VersionedPolicy; now: Date }> {
  return scoped(db, actorKey(actor), async (tx) => ({
    policy: await currentPolicy(tx),
    now: new Date(await databaseNow(tx)),
  }))
}
