import { z } from 'zod'
import type { Db } from '#db/client.ts'
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
import { ownCaptures, portalOfAsker } from './own-captures.ts'

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
    const asker = await portalOfAsker(tx, actor, portalId)
    if (asker === null) return no(refuse('not_found'))
    const { portal, parties } = asker
    if (!parties.has('owner')) return no(refuse('not_owner', {}, 'R4'))
    const policy = await currentPolicy(tx)
    const now = await databaseNow(tx)
    const refusal = firstRefusal([
      r8SelfHosted(portal, policy),
      portalStatus(portal, policy),
      ownersCapture({ ...(await ownCaptures(tx, portalId)), now }, policy),
    ])
    if (refusal !== null) return no(refusal)
    // Nobody of the portal is sent out for a copy that somebody makes in the middle of the day.
    await enqueueCapture(tx, { portalId, label: 'manual', note, mayBar: 'never' })
    return { ok: true, askedAt: now }
  })
}
