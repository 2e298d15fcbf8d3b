import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const withdrawConsentInput = ticketCall.extend({ reason: reason.optional() })
export type WithdrawConsentInput = z.input<typeof withdrawConsentInput>

/** The owner takes their yes back: at once before the run, by stopping the run until it commits (S13). Afterwards the way back is undo. */
export function withdrawConsent(db: Db, actor: Person, input: WithdrawConsentInput): Promise<Dispatched> {
  return send(db, actor, withdrawConsentInput, input, ({ reason: why }) => ({
    type: 'WITHDRAW_CONSENT',
    ...(why === undefined ? {} : { reason: why }),
  }))
}
