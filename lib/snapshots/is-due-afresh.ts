import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import type { PortalAtHand } from './portal-at-hand.ts'
import { isQuietHour } from './quiet-hour.ts'

/** A few hours less than a week, so that the same night never comes just too early. */
const AFRESH_EVERY_HOURS = 7 * 24 - 6

const found = z.tuple([z.object({ now: z.coerce.date(), copied_lately: z.boolean() })])

/**
 * Whether the day's restore point is to be a whole new copy: once a week, in the portal's quiet hour alone, since nobody can be in it for as long as its files
 * are copied. An online capture costs nobody anything, but each one rewrites blocks of its own copy, and comparisons have all of those to read.
 */
export async function isDueAfresh(tx: Tx, { portal, adapterName, isSecondPlace }: PortalAtHand): Promise<boolean> {
  if (isSecondPlace) return false
  const [{ now, copied_lately }] = found.parse(
    await tx.execute(sql`
      select clock_timestamp() as now, exists (
        select from snapshots s where s.portal_id = ${portal.id} and s.adapter = ${adapterName} and s.way = 'physical' and s.completed_at is not null
           and s.started_at > clock_timestamp() - make_interval(hours => ${AFRESH_EVERY_HOURS}::int)) as copied_lately`),
  )
  return !copied_lately && isQuietHour(now, portal.timeZone, portal.quietHour)
}
