import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import { refuse } from '#lib/domain/refusal.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'
import { standingOf } from './standing.ts'

export const assignTicketInput = ticketCall.extend({ assigneeId: z.uuid() })
export type AssignTicketInput = z.input<typeof assignTicketInput>

/** Hands a ticket to an agent, also from another one. The person must be an agent now. */
export function assignTicket(db: Db, actor: Person, input: AssignTicketInput): Promise<Dispatched> {
  return send(db, actor, assignTicketInput, input, ({ assigneeId }) => ({
    type: 'ASSIGN_TICKET',
    request: { assigneeId },
    compose: async (tx, { ticket }) => {
      const parties = await standingOf(tx, { ...actor, userId: assigneeId }, ticket.portalId, null)
      return parties.has('agent') ? { type: 'ASSIGN_TICKET', assigneeId } : { refusal: refuse('not_found', { assigneeId }) }
    },
  }))
}
