import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { portals, snapshots } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'
import { portalFacts } from './facts.ts'
import { standingOf } from './standing.ts'

/** The portal, and what the person is to it; null for one they do not see. Those who ask for one portal at the same time come one after the other. */
export async function portalOfAsker(tx: Tx, actor: Person, portalId: string) {
  const [locked] = await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, portalId)).for('no key update')
  const portal = locked ? await portalFacts(tx, portalId) : null
  return portal && { portal, parties: await standingOf(tx, actor, portalId, null) }
}

/** Made by hand within the last day, those of a moment among them, and whether one is being made. Two that wait are one: a portal has one capture in the queue at most. */
export async function ownCaptures(tx: Tx, portalId: string): Promise<{ ownCaptures: string[]; underWay: boolean }> {
  const recent = await tx
    .select({ state: snapshots.state, label: snapshots.label, startedAt: snapshots.startedAt })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.portalId, portalId),
        ne(snapshots.label, 'safety'),
        inArray(snapshots.state, ['capturing', 'ready', 'bad']),
        sql`${snapshots.startedAt} > clock_timestamp() - interval '24 hours'`,
      ),
    )
  return {
    ownCaptures: recent.filter(({ label }) => label === 'manual').map(({ startedAt }) => startedAt.toISOString()),
    underWay: recent.some(({ state }) => state === 'capturing'),
  }
}
