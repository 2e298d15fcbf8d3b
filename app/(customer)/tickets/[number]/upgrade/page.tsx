import Check from 'lucide-react/icons/check'
import CreditCard from 'lucide-react/icons/credit-card'
import RefreshCw from 'lucide-react/icons/refresh-cw'
import type { Metadata, Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { ButtonLink, buttonLook } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { price } from '#app/_ui/format/numbers.ts'
import { LiveRefresh } from '#app/_ui/live-refresh.tsx'
import { sayPlan } from '#app/_ui/say-plan.ts'
import { planPort } from '#lib/billing/plan-port.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'
import { liveWords } from '../../../_parts/live-words.ts'
import { readMyTicket } from '../read-my-ticket.ts'
import { PayBy } from './pay-by.tsx'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('upgrade')
  return { title: `${t('title')} #${(await params).number}` }
}

/** What the upgrade unlocks, what it costs, until when the restore point waits. The ticket goes on by itself when billing confirms (R7, S17). */
export default async function UpgradePage({ params }: Props): Promise<ReactNode> {
  const [{ ticket }, t, events, locale, live] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    getTranslations('upgrade'),
    getTranslations('events'),
    getLocale(),
    liveWords(),
  ])
  const waiting = ticket.life.state === 'awaitingUpgrade'
  const offer = waiting
    ? await planPort(deskDb(), env()).upgradeOffer({ portalId: ticket.portal.id, ticketNumber: ticket.number })
    : null
  const mayAsk = ticket.offers.some(({ event, allowed }) => event === 'CHECK_PLAN_AGAIN' && allowed)
  return (
    <TicketPage
      ticket={ticket}
      title={t('title')}
      back={{ href: `/tickets/${ticket.number}` as Route, label: `#${ticket.number} ${ticket.subject}` }}
    >
      {waiting ? (
        <>
          <p className="text-soft">
            {t('why', { portal: ticket.portal.name, plan: await sayPlan(ticket.life.context.plan?.plan ?? ticket.portal.plan) })}
          </p>
          <div className="grid gap-6 md:grid-cols-2">
            <Card title={t('unlocks')}>
              <ul className="space-y-2.5">
                {(['restore', 'undo', 'carry', 'people'] as const).map((line) => (
                  <li key={line} className="flex gap-2.5">
                    <Check className="mt-1 size-4 shrink-0 text-good" aria-hidden="true" />
                    {t(`line.${line}`)}
                  </li>
                ))}
              </ul>
            </Card>
            <Card title={offer === null ? t('byHand') : t('plan', { plan: await sayPlan(offer.plan) })}>
              {offer === null ? (
                <p className="text-soft">{t('byHandWhy')}</p>
              ) : (
                <div className="space-y-4">
                  <p>
                    <span className="figures text-3xl font-semibold tracking-tight">
                      {price(offer.price.amount, offer.price.currency, locale)}
                    </span>{' '}
                    <span className="text-soft">{t(`per.${offer.price.per}`)}</span>
                  </p>
                  <a href={offer.checkoutUrl} className={buttonLook({ variant: 'primary', wide: true })}>
                    <CreditCard aria-hidden="true" />
                    {t('pay')}
                  </a>
                  <p className="text-sm text-soft">{t('payNote')}</p>
                </div>
              )}
            </Card>
          </div>
          <PayBy ticket={ticket} />
          {mayAsk ? (
            <TicketForm
              ticket={ticket}
              label={events('CHECK_PLAN_AGAIN')}
              className="flex flex-wrap items-center gap-x-4 gap-y-2"
            >
              <EventButton event="CHECK_PLAN_AGAIN" variant="quiet" icon={<RefreshCw aria-hidden="true" />}>
                {events('CHECK_PLAN_AGAIN')}
              </EventButton>
              <p className="text-sm text-soft">{t('again')}</p>
            </TicketForm>
          ) : null}
        </>
      ) : (
        <Callout
          tone={ticket.life.context.plan?.paid ? 'good' : 'neutral'}
          title={ticket.life.context.plan?.paid ? t('paid') : t('notNow')}
          action={
            <ButtonLink variant="primary" href={`/tickets/${ticket.number}` as Route}>
              {t('onward')}
            </ButtonLink>
          }
        >
          {ticket.life.context.plan?.paid ? t('paidWhy') : t('notNowWhy')}
        </Callout>
      )}
      <LiveRefresh ticket={ticket.number} version={ticket.version} words={live} />
    </TicketPage>
  )
}
