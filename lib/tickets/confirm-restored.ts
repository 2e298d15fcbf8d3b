import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const confirmRestoredInput = ticketCall
export type ConfirmRestoredInput = z.input<typeof confirmRestoredInput>

/** The customer says that this is what they needed; the ticket closes, and with it the way back (S61). */
export function confirmRestored(db: Db, actor: Person, input: ConfirmRestoredInput): Promise<Dispatched> {
  return send(db, actor, confirmRestoredInput, input, () => ({ type: 'CONFIRM_RESTORED' }))
}
