import type { Route } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Textarea } from '#app/_ui/field.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

const ways = ['WITHDRAW_CONSENT', 'CANCEL_TICKET', 'REPORT_NOT_ME'] as const

/** Ways out, each with what it does said first; folded away, since none of them is the next step. */
export async function OtherActions({
  ticket,
  without = [],
}: {
  ticket: TicketRead
  /** Those that the page offers at a better place. */
  without?: (typeof ways)[number][]
}): Promise<ReactNode> {
  const [t, events] = await Promise.all([getTranslations('myTicket.other'), getTranslations('events')])
  const open = ways.filter(
    (event) => !without.includes(event) && ticket.offers.some((offer) => offer.event === event && offer.allowed),
  )
  const anotherPoint = ticket.offers.some(({ event, allowed }) => event === 'CHOOSE_SNAPSHOT' && allowed)
  if (open.length === 0 && !anotherPoint) return null
  return (
    <Card title={t('title')}>
      <div className="space-y-1">
        {anotherPoint ? (
          <Link
            href={`/tickets/${ticket.number}/restore-point` as Route}
            data-offer="CHOOSE_SNAPSHOT"
            className="flex min-h-11 w-fit items-center py-2 text-accent"
          >
            {ticket.life.state === 'restored' ? t('wrongDay') : t('anotherPoint')}
          </Link>
        ) : null}
        {open.map((event) => (
          <details key={event} data-offer={event}>
            <summary className="inline-flex min-h-11 items-center text-accent">{t(`${event}.open`)}</summary>
            <TicketForm ticket={ticket} label={events(event)} className="space-y-3 pb-4">
              <p className="text-sm text-soft">{t(`${event}.what`)}</p>
              <Textarea name="reason" label={t('reason')} optional={t('optional')} rows={2} maxLength={10_000} />
              <EventButton event={event} variant={event === 'WITHDRAW_CONSENT' ? 'quiet' : 'danger'}>
                {events(event)}
              </EventButton>
            </TicketForm>
          </details>
        ))}
      </div>
    </Card>
  )
}
