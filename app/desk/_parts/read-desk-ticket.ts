import { notFound } from 'next/navigation'
import { cache } from 'react'
import { requireSession } from '#lib/identity/current-actor.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readTicket, type TicketRead } from '#lib/tickets/read-ticket.ts'

/** The ticket of a desk page with its reader; a 404 for what is not there, or not theirs. Read once a request. */
export const readDeskTicket = cache(async (number: string): Promise<{ session: SignedIn; ticket: TicketRead }> => {
  const session = await requireSession()
  if (session.actor.deskRoles.length === 0 || !/^\d{1,15}$/.test(number)) notFound()
  const ticket = await readTicket(deskDb(), session.actor, Number(number))
  if (ticket === null) notFound()
  return { session, ticket }
})
