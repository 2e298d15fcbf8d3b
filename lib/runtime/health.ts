import { sql } from '#db/client.ts'
import journal from '#db/migrations/meta/_journal.json' with { type: 'json' }
import { log } from './log.ts'

/** A worker that has said nothing for this long counts as gone; it says so every 5 s. */
const HEARTBEAT_LIMIT_SECONDS = 30

export type Readiness = { database: boolean; migrations: boolean; worker: boolean }

/** Whether this process can do its work: the database answers, its schema is not older than this version, and a worker is alive. */
export async function readReadiness(): Promise<Readiness> {
  const newest = journal.entries.at(-1)?.when ?? 0
  try {
    const [found] = await sql()<{ migrations: boolean; worker: boolean }[]>`
      select
        (select coalesce(max(created_at), 0) >= ${newest} from drizzle.__drizzle_migrations) as migrations,
        exists (select from worker_heartbeats where seen_at > now() - make_interval(secs => ${HEARTBEAT_LIMIT_SECONDS})) as worker`
    return { database: true, migrations: found?.migrations ?? false, worker: found?.worker ?? false }
  } catch (cause) {
    // Not reachable, or not migrated yet: an answer, and no fault of this process.
    log('web').warn({ err: cause }, 'not ready')
    return { database: false, migrations: false, worker: false }
  }
}
