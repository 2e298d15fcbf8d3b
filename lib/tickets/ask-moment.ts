import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import type { Party } from '#lib/domain/permissions.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { ownersCapture } from '#lib/domain/policy/r1-capture.ts'
import { r2Moment } from '#lib/domain/policy/r2-retention.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { momentsOf } from '#lib/snapshots/moments-of.ts'
import { enqueueCapture } from '#lib/snapshots/schedule-captures.ts'
import { currentPolicy } from './current-policy.ts'
import { databaseNow } from './database-clock.ts'
import { ownCaptures, portalOfAsker } from './own-captures.ts'

const input = z.object({ portalId: z.uuid(), at: z.iso.datetime() })
export type AskMomentInput = z.input<typeof input>

/** Those who may have a restore point made of a moment: the owner, and whoever helps them at the desk. */
export const mayAskMoment = (parties: ReadonlySet<Party>): boolean => parties.has('owner') || parties.has('agent')

/**
 * A restore point of the portal as it was at an instant, made afterwards. It counts as one of the owner's own, whoever asks. `askedAt`: what is made for it begins at or
 * after that instant.
 */
export async function askMoment(db: Db, actor: Person, asked: AskMomentInput): Promise<Answer<{ askedAt: string }>> {
  const parsed = input.safeParse(asked)
  if (!parsed.success) return no(refuse('invalid_input', { fields: parsed.error.issues.map(({ path }) => path.join('.')) }))
  const { portalId, at } = parsed.data
  return scoped(db, actorKey(actor), async (tx) => {
    const asker = await portalOfAsker(tx, actor, portalId)
    if (asker === null) return no(refuse('not_found'))
    const { portal, parties } = asker
    if (!mayAskMoment(parties)) return no(refuse('not_owner', {}, 'R4'))
    const policy = await currentPolicy(tx)
    const now = await databaseNow(tx)
    const moments = await momentsOf(tx, { portalId, retentionDays: policy.retentionDays })
    const refusal = firstRefusal([
      r8SelfHosted(portal, policy),
      portalStatus(portal, policy),
      r2Moment({ at, from: moments?.from.toISOString() ?? null, now }, policy),
      ownersCapture({ ...(await ownCaptures(tx, portalId)), now }, policy),
    ])
    if (refusal !== null) return no(refusal)
    await enqueueCapture(tx, { portalId, label: 'manual', at, mayBar: 'never' })
    return { ok: true, askedAt: now }
  })
}
