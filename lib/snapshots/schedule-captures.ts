import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import type { AdapterName } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { CaptureInput } from './capture-snapshot.ts'
import { slotBefore } from './quiet-hour.ts'
import { adapterNames } from './registry.ts'

const portalRow = z.object({
  id: z.string(),
  time_zone: z.string(),
  quiet_hour: z.coerce.number(),
  own: z.enum(adapterNames),
  second_place: z.enum(adapterNames).nullable(),
  now: z.coerce.date(),
  /** Captures that began lately, whoever keeps them and whatever became of them; how many have failed since the slot is judged below. */
  starts: z.array(z.object({ at: z.coerce.date(), state: z.string(), adapter: z.enum(adapterNames) })),
})
type PortalRow = z.infer<typeof portalRow>

/** A failed capture is tried again within its slot, not at once and not for ever. */
const ATTEMPTS_A_DAY = 3
const AGAIN_AFTER_MS = 30 * 60_000

/**
 * Enqueues the daily capture of every active cloud portal whose quiet hour, in its own time zone, has come and that has none since
 * (R1); and once that is made, the capture into its second place, where it has one (R14). Run it every few minutes: one job a portal and place waits at
 * most. Returns the portals enqueued.
 */
export async function scheduleCaptures(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => {
    const rows = z.array(portalRow).parse(
      await tx.execute(sql`
        select p.id, p.time_zone, p.quiet_hour, d.adapter as own, p.second_place, clock_timestamp() as now,
               coalesce((select json_agg(json_build_object('at', s.started_at, 'state', s.state, 'adapter', s.adapter))
                           from snapshots s where s.portal_id = p.id and s.label = 'daily' and s.started_at > now() - interval '2 days'), '[]') as starts
          from portals p join datastores d on d.id = p.datastore_id where p.edition = 'cloud' and p.status = 'active'`),
    )
    const due = rows.flatMap((row) => dueNow(row, slotBefore(row.now, row.time_zone, row.quiet_hour)))
    for (const input of due) await enqueueCapture(tx, input)
    return due.map(({ portalId }) => portalId)
  })
}

/**
 * One capture job of a portal, label, place and moment waits at most: what somebody asked for is not lost when the day's falls due. Tried once: a failed capture is told to the desk and taken up again by the schedule, not by
 * the queue's own repetitions.
 */
export async function enqueueCapture(tx: Tx, input: CaptureInput, runAt: Date | null = null): Promise<void> {
  const { portalId, label, keptBy, at } = input
  const key = ['capture', portalId, label, ...(keptBy === undefined ? [] : [keptBy]), ...(at === undefined ? [] : [at])].join(':')
  await tx.execute(
    sql`select enqueue_job('captureSnapshot', ${JSON.stringify(input)}::json, ${runAt?.toISOString() ?? null}::timestamptz, ${key}, 1)`,
  )
}

/** The second place comes after the first, so that the two do not wait for one another; and also when the first cannot be made today. */
function dueNow(row: PortalRow, slot: Date): CaptureInput[] {
  const daily = { portalId: row.id, label: 'daily' } as const
  const next = isDue(row, row.own, slot)
  if (next === 'now') return [daily]
  const { second_place: keptBy } = row
  return keptBy !== null && next !== 'under_way' && isDue(row, keptBy, slot) === 'now' ? [{ ...daily, keptBy }] : []
}

function isDue({ starts, now }: PortalRow, keptBy: AdapterName, slot: Date): 'now' | 'later' | 'under_way' | 'done' {
  const since = starts.filter(({ at, adapter }) => adapter === keptBy && at >= slot)
  if (since.some(({ state }) => state === 'capturing')) return 'under_way'
  if (since.some(({ state }) => state !== 'failed')) return 'done'
  const failedLately = since.some(({ at }) => now.getTime() - at.getTime() < AGAIN_AFTER_MS)
  return since.length >= ATTEMPTS_A_DAY || failedLately ? 'later' : 'now'
}
