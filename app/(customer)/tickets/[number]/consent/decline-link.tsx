import type { Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** "I do not agree", as easy to find as the consent; what it does is said, and confirmed, on its own page. */
export async function DeclineLink({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const t = await getTranslations('consent')
  if (!ticket.offers.some(({ event, allowed }) => event === 'CANCEL_TICKET' && allowed)) return null
  return <ButtonLink href={`/tickets/${ticket.number}/consent/decline` as Route}>{t('decline')}</ButtonLink>
}
