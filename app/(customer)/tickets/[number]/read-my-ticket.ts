import { notFound } from 'next/navigation'
import { cache } from 'react'
import { requireSession } from '#lib/identity/current-actor.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readTicket, type TicketRead } from '#lib/tickets/read-ticket.ts'

/** The ticket of this address for the signed-in reader, once a request; a true 404 where it is not theirs (I8, S113). */
export const readMyTicket = cache(async (number: string): Promise<{ ticket: TicketRead; session: SignedIn }> => {
  const session = await requireSession()
  if (!/^\d{1,15}$/.test(number)) notFound()
  const ticket = await readTicket(deskDb(), session.actor, Number(number))
  if (ticket === null) notFound()
  return { ticket, session }
})
