import type { Metadata, Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { SecondStep } from '#app/_ticket/second-step.tsx'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { LiveRefresh } from '#app/_ui/live-refresh.tsx'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { isWhole } from '#lib/domain/policy/policy.ts'
import { liveWords } from '../../../_parts/live-words.ts'
import { AskedAgain } from '../asked-again.tsx'
import { consentWords } from '../consent-text.ts'
import { OtherActions } from '../other-actions.tsx'
import { readMyTicket } from '../read-my-ticket.ts'
import { RefusedOwner } from '../refused-owner.tsx'
import { AgeOfFigures, oldHours } from './age-of-figures.tsx'
import { AsOf } from './as-of.tsx'
import { ConsentForm } from './consent-form.tsx'
import { DeclineLink } from './decline-link.tsx'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('consent')
  return { title: `${t('title')} #${(await params).number}` }
}

/** The owner's consent: one sentence, the price, when, a tick a danger, the portal's name, a second step, the signature. */
export default async function ConsentPage({ params }: Props): Promise<ReactNode> {
  const [{ ticket, session }, t, locale, live] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    getTranslations('consent'),
    getLocale(),
    liveWords(),
  ])
  const { portal, scope } = ticket
  const { timeZone } = portal
  const { report } = ticket.preview
  const { policy, proof } = ticket.life.context
  const offer = ticket.offers.find(({ event }) => event === 'GIVE_CONSENT')
  const words = report && (await consentWords({ report, locale, timeZone, portalName: portal.name, scope, purpose: 'restore' }))
  return (
    <TicketPage
      ticket={ticket}
      title={t('title')}
      back={{ href: `/tickets/${ticket.number}` as Route, label: `#${ticket.number} ${ticket.subject}` }}
    >
      {words ? <p className="text-xl/8 font-medium text-pretty">{words.sentence}</p> : null}
      {offer === undefined ? (
        <Callout
          title={ticket.consent ? t('given') : ticket.parties.has('owner') ? t('notNow') : t('notOwner')}
          action={<ButtonLink href={`/tickets/${ticket.number}` as Route}>{t('toTicket')}</ButtonLink>}
        >
          {ticket.parties.has('owner') ? t('notNowWhy') : t('notOwnerWhy', { owner: ticket.owner?.name ?? '–' })}
        </Callout>
      ) : null}
      <AskedAgain ticket={ticket} timeZone={timeZone} />
      {offer?.allowed === false ? (
        <>
          <RefusedOwner ticket={ticket} refusal={offer.refusal} timer="ownerExpiry" timeZone={timeZone} />
          <DeclineLink ticket={ticket} />
        </>
      ) : null}
      {offer?.allowed ? <AgeOfFigures ticket={ticket} /> : null}
      {report === null ? null : (
        <Card
          title={t(isWhole(scope) ? 'loss' : `of.${scope}`)}
          aside={offer?.allowed && oldHours(ticket) === null ? <AsOf ticket={ticket} /> : undefined}
        >
          <LossPreview report={report} timeZone={timeZone} />
        </Card>
      )}
      {offer?.allowed && words ? (
        <>
          <Card title={t('who')}>
            <SecondStep
              session={session}
              fresh={offer.stepUp !== 'needed'}
              mailCodeEnough={policy.mailCodeEnoughFor.includes(scope)}
              byDesk={proof !== null && proof.confirmedBy !== null}
              newApp={t('newApp', { hours: policy.newFactorCoolOffHours })}
            />
          </Card>
          <ConsentForm ticket={ticket} session={session} words={words} ready={offer.stepUp !== 'needed'} locale={locale} />
        </>
      ) : null}
      <ClockStrip timers={ticket.timers} now={new Date(ticket.now)} timeZone={timeZone} />
      <OtherActions ticket={ticket} without={offer === undefined ? [] : ['CANCEL_TICKET']} />
      <LiveRefresh ticket={ticket.number} version={ticket.version} words={live} />
    </TicketPage>
  )
}
