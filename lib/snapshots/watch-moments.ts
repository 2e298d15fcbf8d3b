import { and, eq, isNotNull, or, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { PortalAtHand } from './portal-at-hand.ts'
import { portalAtHand } from './portal-at-hand.ts'

export type Watched = {
  /** Portals of which moments are offered now, and those whose adapter did not say. */
  offered: string[]
  failed: { portalId: string; reason: string }[]
}

/** A system that does not answer keeps nobody waiting; it is asked again at the next look. */
const ANSWER_WITHIN_MS = 10_000
const LANES = 4

/**
 * Asks the adapter of each active cloud portal, where it goes back to any moment, of which it can, and writes that down: pages offer it without asking, and without the
 * password that asking needs. What cannot be known is not offered. To be called every few minutes.
 */
export async function watchMoments(db: Db, signal: AbortSignal): Promise<Watched> {
  const watched: Watched = { offered: [], failed: [] }
  const waiting = await portalsToAsk(db)
  const lane = async () => {
    for (let portalId = waiting.shift(); portalId !== undefined; portalId = waiting.shift()) {
      signal.throwIfAborted()
      const id = portalId
      const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, id))
      if (hand === null) continue
      try {
        const range = await ask(hand, signal)
        await writeDown(db, id, range)
        if (range !== null) watched.offered.push(id)
      } catch (cause) {
        signal.throwIfAborted()
        await writeDown(db, id, null)
        watched.failed.push({ portalId: id, reason: cause instanceof Error ? cause.message : String(cause) })
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return watched
}

type Range = { from: string; to: string }

async function ask({ adapter, ref, portal }: PortalAtHand, signal: AbortSignal): Promise<Range | null> {
  const active = portal.status === 'active' && portal.edition === 'cloud'
  if (!active || !adapter.capabilities.anyMoment) return null
  return (await adapter.moments?.(ref, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]))) ?? null
}

async function portalsToAsk(db: Db): Promise<string[]> {
  const active = and(eq(portals.edition, 'cloud'), eq(portals.status, 'active'))
  const rows = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: portals.id })
      .from(portals)
      .where(or(active, isNotNull(portals.momentsFrom)))
      .orderBy(portals.id),
  )
  return rows.map(({ id }) => id)
}

async function writeDown(db: Db, portalId: string, range: Range | null): Promise<void> {
  const [momentsFrom, momentsTo] = range === null ? [null, null] : [new Date(range.from), new Date(range.to)]
  await scoped(db, 'system', (tx) =>
    tx
      .update(portals)
      .set({ momentsFrom, momentsTo })
      .where(
        and(
          eq(portals.id, portalId),
          sql`(${portals.momentsFrom}, ${portals.momentsTo}) is distinct from (${range?.from ?? null}::timestamptz, ${range?.to ?? null}::timestamptz)`,
        ),
      ),
  )
}
