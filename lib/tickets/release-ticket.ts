import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const releaseTicketInput = ticketCall
export type ReleaseTicketInput = z.input<typeof releaseTicketInput>

/** The assignee, or an administrator, gives a ticket back to the queue. */
export function releaseTicket(db: Db, actor: Person, input: ReleaseTicketInput): Promise<Dispatched> {
  return send(db, actor, releaseTicketInput, input, () => ({ type: 'RELEASE_TICKET' }))
}
