import { checkTicket } from '#lib/tickets/check-ticket.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const checkTicketTask = task(payloads.checkTicket, ({ db }, { ticketId }) => checkTicket(db, { ticketId }))
