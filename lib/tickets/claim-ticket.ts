import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const claimTicketInput = ticketCall
export type ClaimTicketInput = z.input<typeof claimTicketInput>

/** An agent takes a ticket that nobody works on. */
export function claimTicket(db: Db, actor: Person, input: ClaimTicketInput): Promise<Dispatched> {
  return send(db, actor, claimTicketInput, input, () => ({ type: 'CLAIM_TICKET' }))
}
