import RotateCcw from 'lucide-react/icons/rotate-ccw'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { failureWords } from '#lib/domain/refusal-words.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** It did not work: the portal is as it was, why, and what can be done. */
export async function Failed({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, events, locale] = await Promise.all([getTranslations('myTicket.failed'), getTranslations('events'), getLocale()])
  const { failure } = ticket.life.context
  const may = (name: string) => ticket.offers.some(({ event, allowed }) => event === name && allowed)
  return (
    <Card title={failure?.kind === 'cancelled' ? t('stopped') : t('title')}>
      <div className="space-y-4">
        <Callout tone="good" title={t('asBefore')}>
          {t('asBeforeWhy')}
        </Callout>
        {failure === null || failure.kind === 'cancelled' ? null : <p>{failureWords(failure, { locale, timeZone })}</p>}
        <div className="flex flex-wrap gap-3">
          {may('RETRY_RESTORE') ? (
            <TicketForm ticket={ticket} label={events('RETRY_RESTORE')}>
              <EventButton event="RETRY_RESTORE" icon={<RotateCcw aria-hidden="true" />}>
                {events('RETRY_RESTORE')}
              </EventButton>
            </TicketForm>
          ) : null}
          {may('CLOSE_TICKET') ? (
            <TicketForm ticket={ticket} label={events('CLOSE_TICKET')}>
              <EventButton event="CLOSE_TICKET" variant="quiet">
                {events('CLOSE_TICKET')}
              </EventButton>
            </TicketForm>
          ) : null}
        </div>
        <p className="text-sm text-soft">{t('desk')}</p>
      </div>
    </Card>
  )
}
