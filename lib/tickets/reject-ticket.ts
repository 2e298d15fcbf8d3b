import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const rejectTicketInput = ticketCall.extend({ reason })
export type RejectTicketInput = z.input<typeof rejectTicketInput>

/** The desk turns a ticket down before the restore, with a reason that the customer reads. */
export function rejectTicket(db: Db, actor: Person, input: RejectTicketInput): Promise<Dispatched> {
  return send(db, actor, rejectTicketInput, input, ({ reason: why }) => ({ type: 'REJECT_TICKET', reason: why }))
}
