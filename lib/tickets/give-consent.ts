import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { locales, type Person } from '#lib/domain/actor.ts'
import { windowSchema } from '#lib/domain/events.ts'
import type { Dispatched } from './dispatch.ts'
import { ownersMethod } from './owners-method.ts'
import { send, ticketCall } from './send.ts'

export const giveConsentInput = ticketCall.extend({
  previewId: z.uuid(),
  /** The digest of the preview that was on the screen: consent is to this and nothing else (I9). */
  digest: z.string().min(1).max(200),
  typedName: z.string().max(500),
  /** The text above the button, exactly as shown (S90). */
  shownText: z.string().min(1).max(50_000),
  locale: z.enum(locales),
  /** Made by `readWindow` (window.ts) from what the owner typed. */
  window: windowSchema.default({ kind: 'now' }),
})
export type GiveConsentInput = z.input<typeof giveConsentInput>

/** The owner's yes to one loss preview (R4, R6, R13). Asks billing next. */
export function giveConsent(db: Db, actor: Person, input: GiveConsentInput): Promise<Dispatched> {
  return send(db, actor, giveConsentInput, input, ({ ticketId: _, expectedVersion: __, idempotencyKey: ___, ...consent }) => ({
    type: 'GIVE_CONSENT',
    request: consent,
    compose: async (_tx, { life, at }) => ({ type: 'GIVE_CONSENT', ...consent, method: ownersMethod(actor, life.context, at) }),
  }))
}
