import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const closeTicketInput = ticketCall.extend({ reason: reason.optional() })
export type CloseTicketInput = z.input<typeof closeTicketInput>

/** Ends a ticket whose restore failed; the portal is as it was. */
export function closeTicket(db: Db, actor: Person, input: CloseTicketInput): Promise<Dispatched> {
  return send(db, actor, closeTicketInput, input, ({ reason: why }) => ({
    type: 'CLOSE_TICKET',
    ...(why === undefined ? {} : { reason: why }),
  }))
}
