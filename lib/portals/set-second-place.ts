import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { SystemActor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { resolveAlert } from '#lib/snapshots/alerts.ts'
import type { Place } from '#lib/snapshots/port.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'

export const setSecondPlaceInput = z.object({ portalId: z.uuid(), adapter: z.enum(['restic']).nullable() })
type Set = { adapter: 'restic' | null; place: Place | null; notes: string[] }

/**
 * R14: from now on each day's restore point of the portal is kept a second time, by this adapter, apart from the portal's server; null: no longer. Refused
 * where that adapter could not capture it, with every reason, and where the place is on the portal's own server: it would go down with it. What is
 * kept in a place that is given up is pruned as everything is (R2).
 */
export async function setSecondPlace(
  db: Db,
  _actor: SystemActor,
  { portalId, adapter }: z.infer<typeof setSecondPlaceInput>,
): Promise<Answer<Set>> {
  if (adapter === null) {
    await keep(db, portalId, null)
    return { ok: true, adapter, place: null, notes: [] }
  }
  const [own, second] = await scoped(db, 'system', async (tx) => [
    await portalAtHand(tx, portalId),
    await portalAtHand(tx, portalId, adapter),
  ])
  if (!own || !second) return no(refuse('invalid_input', { field: 'portal', problem: 'nothing of it is held here' }))
  if (own.adapterName !== 'postgres') {
    const problem = `its restore points are kept by the adapter ${own.adapterName} already, apart from the postgres adapter's copies on the server`
    return no(refuse('invalid_input', { field: 'portal', problem }))
  }
  const health = await second.adapter.health(second.ref, null)
  if (!health.ok) {
    return no(
      refuse('invalid_input', {
        field: 'adapter',
        problem: health.problems.map(({ words }) => words).join('; '),
        codes: health.problems.map(({ code }) => code),
      }),
    )
  }
  const place = await second.adapter.placeOf(second.ref, 'snapshot')
  if (place.stands === 'with_server') {
    const problem = `${place.name ?? 'the repository'} is on the portal's own server, and would be lost with it`
    return no(refuse('invalid_input', { field: 'adapter', problem }))
  }
  await keep(db, portalId, adapter)
  return { ok: true, adapter, place, notes: health.notes }
}

async function keep(db: Db, portalId: string, secondPlace: 'restic' | null): Promise<void> {
  await scoped(db, 'system', async (tx) => {
    const secondPlaceSince = secondPlace === null ? null : sql`coalesce(${portals.secondPlaceSince}, clock_timestamp())`
    await tx.update(portals).set({ secondPlace, secondPlaceSince, updatedAt: sql`now()` }).where(eq(portals.id, portalId))
    if (secondPlace === null) await resolveAlert(tx, 'second_place_late', portalId)
  })
}
