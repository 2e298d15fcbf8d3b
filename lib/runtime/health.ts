import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Db, db } from '#db/client.ts'
import journal from '#db/migrations/meta/_journal.json' with { type: 'json' }
import { log } from './log.ts'
import { isWorkerAlive } from './worker-alive.ts'

export type Readiness = { database: boolean; migrations: boolean; worker: boolean }

const row = z.object({ current: z.boolean() })

/** Whether this process can do its work: the database answers, its schema is not older than this version, and a worker is alive. */
export async function readReadiness(desk: Db = db()): Promise<Readiness> {
  const newest = journal.entries.at(-1)?.when ?? 0
  try {
    const [schema] = z
      .array(row)
      .parse(
        await desk.execute(
          sql`select coalesce(max(created_at), 0) >= ${newest}::bigint as current from drizzle.__drizzle_migrations`,
        ),
      )
    return { database: true, migrations: schema?.current ?? false, worker: await isWorkerAlive(desk) }
  } catch (cause) {
    // Not reachable, or not migrated yet: an answer, and no fault of this process.
    log('web').warn({ err: cause }, 'not ready')
    return { database: false, migrations: false, worker: false }
  }
}
