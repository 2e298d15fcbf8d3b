import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { raiseAlert, resolveAlert } from './alerts.ts'
import { snapshotRefWithBaseline } from './catalogue-rows.ts'
import type { CrossCheck } from './port.ts'
import { portalAtHand } from './portal-at-hand.ts'

export type CrossChecked = { portalId: string; snapshotId: string; check: CrossCheck }

/**
 * Once a night the quick ways to compare are held against the exact one, on one portal taken at random and one of its restore points. A
 * disagreement is a fault of the engine and alarms the desk: what people consented to would not be exact. Null where no portal can be taken.
 */
export async function crossCheckWays(db: Db, signal: AbortSignal): Promise<CrossChecked | null> {
  const taken = await scoped(db, 'system', takeAtRandom)
  if (taken === null) return null
  const { hand, ref } = taken
  const check = await hand.adapter.crossCheck(hand.ref, ref, signal)
  const portalId = hand.portal.id
  await scoped(db, 'system', async (tx) => {
    if (check.agree) await resolveAlert(tx, 'ways_disagree', portalId)
    else
      await raiseAlert(tx, {
        kind: 'ways_disagree',
        portalId,
        subject: portalId,
        detail: { snapshotId: ref.id, ways: check.ways },
      })
  })
  return { portalId, snapshotId: ref.id, check }
}

async function takeAtRandom(tx: Tx) {
  const [drawn] = z.array(z.object({ id: z.string() })).parse(
    await tx.execute(sql`
      select s.id from snapshots s join snapshot_baselines b on b.snapshot_id = s.id
        join (select portal_id from snapshots where state = 'ready' group by portal_id order by random() limit 1) p on p.portal_id = s.portal_id
       where s.state = 'ready' order by random() limit 1`),
  )
  if (!drawn) return null
  const [row] = await tx.select().from(snapshots).where(eq(snapshots.id, drawn.id))
  const hand = row ? await portalAtHand(tx, row.portalId, row.adapter) : null
  const ref = row ? await snapshotRefWithBaseline(tx, row) : null
  return hand && ref ? { hand, ref } : null
}
