import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { portals, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { ownersCapture } from '#lib/domain/policy/r1-capture.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { enqueueCapture } from '#lib/snapshots/schedule-captures.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'
import { portalFacts } from './facts.ts'
import { standingOf } from './standing.ts'

export const askCaptureInput = z.object({
  portalId: z.uuid(),
  /** What it is for, as the list of restore points will name it. */
  note: z.string().trim().min(1).max(80),
})
export type AskCaptureInput = z.input<typeof askCaptureInput>

/** The owner has a restore point made now, before an import, say. `askedAt`: what is made for it begins at or after that instant. */
export async function askCapture(db: Db, actor: Person, input: AskCaptureInput): Promise<Answer<{ askedAt: string }>> {
  const parsed = askCaptureInput.safeParse(input)
  if (!parsed.success) return no(refuse('invalid_input', { fields: parsed.error.issues.map(({ path }) => path.join('.')) }))
  const { portalId, note } = parsed.data
  return scoped(db, actorKey(actor), async (tx) => {
    // Those who ask for one portal at the same time come one after the other.
    const [locked] = await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, portalId)).for('no key update')
    const [portal, parties] = [locked ? await portalFacts(tx, portalId) : null, await standingOf(tx, actor, portalId, null)]
    if (portal === null) return no(refuse('not_found'))
    if (!parties.has('owner')) return no(refuse('not_owner', {}, 'R4'))
    const policy = await currentPolicy(tx)
    const now = await databaseNow(tx)
    const refusal = firstRefusal([
      r8SelfHosted(portal, policy),
      portalStatus(portal, policy),
      ownersCapture({ ...(await capturesOf(tx, portalId)), now }, policy),
    ])
    if (refusal !== null) return no(refusal)
    // Nobody of the portal is sent out for a copy that somebody makes in the middle of the day.
    await enqueueCapture(tx, { portalId, label: 'manual', note, mayBar: 'never' })
    return { ok: true, askedAt: now }
  })
}

/** Made by hand within the last day, and whether one is being made. Two that wait are one: a portal has one capture in the queue at most. */
async function capturesOf(tx: Tx, portalId: string): Promise<{ ownCaptures: string[]; underWay: boolean }> {
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
