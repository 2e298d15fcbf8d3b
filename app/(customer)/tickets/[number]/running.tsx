import OctagonX from 'lucide-react/icons/octagon-x'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { PollRefresh } from '#app/_ticket/poll-refresh.tsx'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { RunMonitor } from '#app/_ui/run-monitor.tsx'
import { Skeleton } from '#app/_ui/skeleton.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** The restore or its undo, live. This page is the desk's own: it works while the portal is offline. */
export async function Running({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const [t, events] = await Promise.all([getTranslations('myTicket.running'), getTranslations('events')])
  const mayStop = ticket.offers.some(({ event, allowed }) => event === 'CANCEL_RUN' && allowed)
  return (
    <Card title={t(ticket.life.state === 'undoing' ? 'undoing' : 'restoring', { scope: ticket.scope })} aside={t('works')}>
      {ticket.run === null ? (
        <Skeleton className="h-48" />
      ) : (
        <RunMonitor
          run={ticket.run}
          now={new Date(ticket.now)}
          stop={
            mayStop ? (
              <TicketForm ticket={ticket} label={events('CANCEL_RUN')} className="flex flex-wrap items-center gap-x-4 gap-y-2">
                <EventButton event="CANCEL_RUN" variant="quiet" icon={<OctagonX aria-hidden="true" />}>
                  {events('CANCEL_RUN')}
                </EventButton>
                <span className="text-sm text-soft">{t('stopNote')}</span>
              </TicketForm>
            ) : null
          }
        />
      )}
      <PollRefresh everyMs={1000} />
    </Card>
  )
}
