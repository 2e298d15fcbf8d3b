import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** What the ticket is about, in a few lines. */
export async function TicketFacts({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, scopes, locale] = await Promise.all([getTranslations('myTicket.fact'), getTranslations('scopes'), getLocale()])
  const time = (at: Date) => absoluteTime(at, { locale, timeZone })
  const held = ticket.snapshot.heldUntil
  const facts: [string, ReactNode][] = [
    [t('scope'), scopes(ticket.scope)],
    [t('point'), ticket.snapshot.completedAt === null ? '–' : time(ticket.snapshot.completedAt)],
    ...(held === null ? [] : [[t('held'), time(held)] satisfies [string, ReactNode]]),
    [t('requester'), ticket.requester.name],
    [t('owner'), ticket.owner?.name ?? '–'],
    [t('handler'), ticket.assignee?.name ?? t('nobody')],
    [t('opened'), time(ticket.openedAt)],
  ]
  return (
    <Card title={t('title')}>
      <dl className="grid gap-x-6 gap-y-3 text-sm sm:max-lg:grid-cols-2">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt className="text-soft">{term}</dt>
            <dd className="figures">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
