import { sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { workerHeartbeats } from '#db/schema/index.ts'
import { log } from '#lib/runtime/log.ts'

const BEAT_MS = 5_000
const FORGET_AFTER = '1 day'

/** Says in the database that this worker is alive, every 5 s, until the returned function is called. */
export async function startHeartbeat(db: Db, workerId: string): Promise<() => Promise<void>> {
  await beat(db, workerId)
  const timer = setInterval(() => {
    beat(db, workerId).catch((cause: unknown) => log('worker').error({ err: cause }, 'heartbeat not written'))
  }, BEAT_MS)
  return async () => {
    clearInterval(timer)
    await db.delete(workerHeartbeats).where(sql`${workerHeartbeats.workerId} = ${workerId}`)
  }
}

async function beat(db: Db, workerId: string): Promise<void> {
  await db
    .insert(workerHeartbeats)
    .values({ workerId })
    .onConflictDoUpdate({ target: workerHeartbeats.workerId, set: { seenAt: sql`now()` } })
  await db.delete(workerHeartbeats).where(sql`${workerHeartbeats.seenAt} < now() - ${FORGET_AFTER}::interval`)
}
