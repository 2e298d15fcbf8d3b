import type { Metadata, Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { SecondStep } from '#app/_ticket/second-step.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { LiveRefresh } from '#app/_ui/live-refresh.tsx'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { liveWords } from '../../../_parts/live-words.ts'
import { consentWords } from '../consent-text.ts'
import { OtherActions } from '../other-actions.tsx'
import { readMyTicket } from '../read-my-ticket.ts'
import { AsOf } from './as-of.tsx'
import { ConsentForm } from './consent-form.tsx'

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
  const { timeZone } = session.actor
  const { portal, scope } = ticket
  const { report } = ticket.preview
  const { context } = ticket.life
  const offer = ticket.offers.find(({ event }) => event === 'GIVE_CONSENT')
  const words =
    report &&
    (await consentWords({ report, locale, timeZone: portal.timeZone, portalName: portal.name, scope, purpose: 'restore' }))
  return (
    <main
      id="main"
      tabIndex={-1}
      className="space-y-6 outline-none"
      data-state={ticket.life.state}
      data-version={ticket.version}
      data-ticket={ticket.number}
    >
      <PageHeader
        title={t('title')}
        back={{ href: `/tickets/${ticket.number}` as Route, label: `#${ticket.number} ${ticket.subject}` }}
      />
      {words ? <p className="text-xl/8 font-medium text-pretty">{words.sentence}</p> : null}
      {offer === undefined ? (
        <Callout
          title={ticket.consent ? t('given') : ticket.parties.has('owner') ? t('notNow') : t('notOwner')}
          action={<ButtonLink href={`/tickets/${ticket.number}` as Route}>{t('toTicket')}</ButtonLink>}
        >
          {ticket.parties.has('owner') ? t('notNowWhy') : t('notOwnerWhy', { owner: ticket.owner?.name ?? '–' })}
        </Callout>
      ) : null}
      {offer?.allowed === false ? <RefusalCard refusal={await sayRefusal(offer.refusal, timeZone)} /> : null}
      {report === null ? null : (
        <Card title={t('loss')} aside={offer?.allowed ? <AsOf ticket={ticket} /> : undefined}>
          <LossPreview report={report} timeZone={portal.timeZone} />
        </Card>
      )}
      {offer?.allowed && words ? (
        <>
          <Card title={t('who')}>
            <SecondStep
              session={session}
              fresh={offer.stepUp !== 'needed'}
              mailCodeEnough={context.policy.mailCodeEnoughFor.includes(scope)}
            />
          </Card>
          <ConsentForm ticket={ticket} words={words} ready={offer.stepUp !== 'needed'} locale={locale} />
        </>
      ) : null}
      <ClockStrip timers={ticket.timers} now={new Date(ticket.now)} timeZone={timeZone} />
      <OtherActions ticket={ticket} />
      <LiveRefresh ticket={ticket.number} version={ticket.version} words={live} />
    </main>
  )
}
