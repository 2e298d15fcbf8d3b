import { sql } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import type { CaptureInput } from './capture-snapshot.ts'

const portalRow = z.object({
  id: z.string(),
  time_zone: z.string(),
  quiet_hour: z.coerce.number(),
  now: z.coerce.date(),
  /** Newest capture that began, whatever became of it, and how many have failed since the slot is judged below. */
  starts: z.array(z.object({ at: z.coerce.date(), failed: z.boolean() })),
})

/** A failed capture is tried again within its slot, not at once and not for ever. */
const ATTEMPTS_A_DAY = 3
const AGAIN_AFTER_MS = 30 * 60_000

/**
 * Enqueues the daily capture of every active cloud portal whose quiet hour, in its own time zone, has come and that has none since
 * (R1). Run it every few minutes: one job a portal waits at most. Returns the portals enqueued.
 */
export async function scheduleCaptures(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => {
    const rows = z.array(portalRow).parse(
      await tx.execute(sql`
        select p.id, p.time_zone, p.quiet_hour, clock_timestamp() as now,
               coalesce((select json_agg(json_build_object('at', s.started_at, 'failed', s.state = 'failed'))
                           from snapshots s where s.portal_id = p.id and s.label = 'daily' and s.started_at > now() - interval '2 days'), '[]') as starts
          from portals p where p.edition = 'cloud' and p.status = 'active'`),
    )
    const due = rows.filter((row) => isDue(row, slotBefore(row.now, row.time_zone, row.quiet_hour)))
    for (const { id } of due) await enqueueCapture(tx, { portalId: id, label: 'daily' })
    return due.map((row) => row.id)
  })
}

/**
 * One capture job a portal waits at most. Tried once: a failed capture is told to the desk and taken up again by the schedule, not by
 * the queue's own repetitions.
 */
export async function enqueueCapture(tx: Tx, input: CaptureInput, runAt: Date | null = null): Promise<void> {
  const key = `capture:${input.portalId}`
  await tx.execute(
    sql`select enqueue_job('captureSnapshot', ${JSON.stringify(input)}::json, ${runAt?.toISOString() ?? null}::timestamptz, ${key}, 1)`,
  )
}

/** The last instant at which the portal's clock struck its quiet hour. An hour that daylight saving skips is taken an hour later; one that comes twice, once (S31). */
export function slotBefore(now: Date, timeZone: string, quietHour: number): Date {
  const here = Temporal.Instant.from(now.toISOString()).toZonedDateTimeISO(timeZone)
  const today = here.toPlainDate().toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from({ hour: quietHour }) })
  const slot = Temporal.ZonedDateTime.compare(today, here) <= 0 ? today : previousDay(here, timeZone, quietHour)
  return new Date(slot.epochMilliseconds)
}

function previousDay(here: Temporal.ZonedDateTime, timeZone: string, quietHour: number): Temporal.ZonedDateTime {
  const day = here.toPlainDate().subtract({ days: 1 })
  return day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from({ hour: quietHour }) })
}

function isDue(row: z.infer<typeof portalRow>, slot: Date): boolean {
  const since = row.starts.filter(({ at }) => at >= slot)
  if (since.some(({ failed }) => !failed)) return false
  if (since.length >= ATTEMPTS_A_DAY) return false
  return since.every(({ at }) => row.now.getTime() - at.getTime() >= AGAIN_AFTER_MS)
}
