import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const cancelTicketInput = ticketCall.extend({ reason: reason.optional() })
export type CancelTicketInput = z.input<typeof cancelTicketInput>

/** Owner or requester call it off before the restore begins. */
export function cancelTicket(db: Db, actor: Person, input: CancelTicketInput): Promise<Dispatched> {
  return send(db, actor, cancelTicketInput, input, ({ reason: why }) => ({
    type: 'CANCEL_TICKET',
    ...(why === undefined ? {} : { reason: why }),
  }))
}
