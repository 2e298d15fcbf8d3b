import { gt, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { workerHeartbeats } from '#db/schema/index.ts'

/** A worker that has said nothing for this long counts as gone; it says so every 5 s. */
const HEARTBEAT_LIMIT_SECONDS = 30

/** Whether any worker has been heard of lately, by the database's clock. */
export async function isWorkerAlive(db: Db): Promise<boolean> {
  const since = sql`now() - make_interval(secs => ${HEARTBEAT_LIMIT_SECONDS}::int)`
  const [alive] = await db
    .select({ id: workerHeartbeats.workerId })
    .from(workerHeartbeats)
    .where(gt(workerHeartbeats.seenAt, since))
    .limit(1)
  return alive !== undefined
}
