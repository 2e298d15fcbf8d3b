import type { Metadata, Route } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Textarea } from '#app/_ui/field.tsx'
import { readMyTicket } from '../../read-my-ticket.ts'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('decline')
  return { title: `${t('title')} #${(await params).number}` }
}

/** The owner's no: what it does, and the button that does it. Whoever has nothing to decline, or has done so, is on the ticket's page. */
export default async function DeclinePage({ params }: Props): Promise<ReactNode> {
  const [{ ticket }, t, events, other] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    getTranslations('decline'),
    getTranslations('events'),
    getTranslations('myTicket.other'),
  ])
  const home = `/tickets/${ticket.number}`
  const may = (name: string) => ticket.offers.some(({ event, allowed }) => event === name && allowed)
  const asked = ticket.life.state === 'verifyingOwner' && ticket.parties.has('owner')
  if (!asked || !may('CANCEL_TICKET')) redirect(home as Route)
  return (
    <TicketPage
      ticket={ticket}
      title={t('title')}
      back={{ href: `${home}/consent` as Route, label: t('back') }}
      facts={<span>{t('intro')}</span>}
    >
      <Card title={t('end')}>
        <TicketForm ticket={ticket} label={events('CANCEL_TICKET')} className="space-y-4">
          <p className="max-w-prose">{t(ticket.life.context.undo === null ? 'what' : 'whatUndo')}</p>
          <Textarea
            name="reason"
            label={t('reason')}
            hint={t('reasonHint')}
            optional={other('optional')}
            rows={2}
            maxLength={10_000}
          />
          <EventButton event="CANCEL_TICKET" variant="danger">
            {events('CANCEL_TICKET')}
          </EventButton>
        </TicketForm>
      </Card>
      <Card title={t('instead')}>
        <ul className="space-y-1">
          {may('CHOOSE_SNAPSHOT') ? (
            <li>
              <Link href={`${home}/restore-point` as Route} className="inline-flex min-h-11 items-center text-accent">
                {t('point')}
              </Link>
            </li>
          ) : null}
          <li>
            <Link href={`${home}#talk` as Route} className="inline-flex min-h-11 items-center text-accent">
              {t('write')}
            </Link>
          </li>
        </ul>
      </Card>
    </TicketPage>
  )
}
