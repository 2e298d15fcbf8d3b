import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { type AlertKind, raiseAlert } from './alerts.ts'

/** A day, two hours' grace, and the hour that some days have more: a capture due daily is missed when none is younger. */
const MISSED_AFTER_HOURS = 27

const row = z.object({ portal_id: z.string(), last_completed_at: z.coerce.date().nullable() })

/**
 * R1: every active cloud portal is captured daily, paid or free; R14: and kept in its second place as well, where one is asked for. For each that was
 * not, one alert of its kind stands open until such a capture succeeds. Judged on the database's clock (I13). Returns the portals for which one is new.
 */
export async function checkCaptures(db: Db): Promise<string[]> {
  return scoped(db, 'system', async (tx) => [
    ...(await raiseLate(tx, 'capture_missed', sql`d.adapter`, sql`p.created_at`)),
    ...(await raiseLate(tx, 'second_place_late', sql`p.second_place`, sql`p.second_place_since`)),
  ])
}

/** Portals for which `keptBy` was to make a restore point daily, `since` long enough, and has none that is young enough. */
async function raiseLate(tx: Tx, kind: AlertKind, keptBy: SQL, since: SQL): Promise<string[]> {
  const tooOld = sql`clock_timestamp() - make_interval(hours => ${MISSED_AFTER_HOURS}::int)`
  const late = z.array(row).parse(
    await tx.execute(sql`
      select p.id as portal_id, max(s.completed_at) as last_completed_at
        from portals p join datastores d on d.id = p.datastore_id
        left join snapshots s on s.portal_id = p.id and s.adapter = ${keptBy} and s.label <> 'safety' and not s.of_moment and s.completed_at is not null
       where p.edition = 'cloud' and p.status = 'active' and ${since} < ${tooOld}
       group by p.id
      having coalesce(max(s.completed_at), '-infinity') < ${tooOld}`),
  )
  const raised: string[] = []
  for (const { portal_id: portalId, last_completed_at: last } of late) {
    const detail = { lastCompletedAt: last?.toISOString() ?? null }
    if (await raiseAlert(tx, { kind, portalId, subject: portalId, detail })) raised.push(portalId)
  }
  return raised
}
