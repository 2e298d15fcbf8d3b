import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { raiseAlert } from './alerts.ts'

/** A day, two hours' grace, and the hour that some days have more: a capture due daily is missed when none is younger. */
const MISSED_AFTER_HOURS = 27

const row = z.object({ portal_id: z.string(), last_completed_at: z.coerce.date().nullable() })

/**
 * R1: every active cloud portal is captured daily, paid or free; for each that was not, one alert stands open until a capture
 * succeeds. Judged on the database's clock (I13). Returns the portals for which it is new.
 */
export async function checkCaptures(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => {
    const late = z.array(row).parse(
      await tx.execute(sql`
        select p.id as portal_id, max(s.completed_at) as last_completed_at
          from portals p left join snapshots s on s.portal_id = p.id and s.label <> 'safety' and s.completed_at is not null
         where p.edition = 'cloud' and p.status = 'active'
           and p.created_at < clock_timestamp() - make_interval(hours => ${MISSED_AFTER_HOURS}::int)
         group by p.id
        having coalesce(max(s.completed_at), '-infinity') < clock_timestamp() - make_interval(hours => ${MISSED_AFTER_HOURS}::int)`),
    )
    const raised: string[] = []
    for (const { portal_id: portalId, last_completed_at: last } of late) {
      const detail = { lastCompletedAt: last?.toISOString() ?? null }
      if (await raiseAlert(tx, { kind: 'capture_missed', portalId, subject: portalId, detail })) raised.push(portalId)
    }
    return raised
  })
}
