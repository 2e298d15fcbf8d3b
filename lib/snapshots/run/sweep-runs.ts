import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { enqueueRun } from './create-run.ts'

/** A job is picked up in milliseconds: a run that nobody has had for this long has lost its job with its worker. */
const QUEUED_TOO_LONG_SECONDS = 30
const UNREPORTED_TOO_LONG_SECONDS = 15

const runRow = z.object({ id: z.string() })

/**
 * Enqueues again what a dead worker left: runs whose lease expired (S48) and outcomes that were never told. Run it every 15 seconds:
 * with a lease of 30 another worker has the run within 60. Returns the runs enqueued.
 */
export async function sweepRuns(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => {
    const left = z.array(runRow).parse(
      await tx.execute(sql`
        select r.id from runs r left join portal_leases l on l.portal_id = r.portal_id
         where (r.state = 'running' and (l.expires_at is null or l.expires_at <= clock_timestamp() or l.token <> r.lease_token))
            or (r.state = 'queued' and r.created_at < clock_timestamp() - make_interval(secs => ${QUEUED_TOO_LONG_SECONDS}::int))
            or (r.state not in ('queued', 'running') and r.reported_at is null
                and r.finished_at < clock_timestamp() - make_interval(secs => ${UNREPORTED_TOO_LONG_SECONDS}::int))`),
    )
    for (const { id } of left) await enqueueRun(tx, id)
    return left.map((row) => row.id)
  })
}

/** Removes the journals of runs that can no longer be undone: finished longer ago than their safety copy is kept. Returns how many. */
export async function forgetJournals(db: Db, journalRoot: string, keptDays: number): Promise<number> {
  const names = await namesIn(journalRoot)
  const old = await scoped(db, 'system', async (tx) =>
    z.array(runRow).parse(
      await tx.execute(sql`
        select r.id from runs r where r.finished_at < clock_timestamp() - make_interval(days => ${keptDays}::int)
           and not exists (select from holds h where h.snapshot_id = r.safety_snapshot_id and h.released_at is null and h.until > clock_timestamp())`),
    ),
  )
  const gone = old.filter((row) => names.includes(row.id))
  for (const { id } of gone) await rm(join(journalRoot, id), { recursive: true, force: true })
  return gone.length
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw cause
  }
}
