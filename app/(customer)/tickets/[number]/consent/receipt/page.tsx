import ShieldCheck from 'lucide-react/icons/shield-check'
import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Card } from '#app/_ui/card.tsx'
import { filesInShort } from '#app/_ui/files-in-short.ts'
import { lossFigures } from '#app/_ui/format/loss-figures.ts'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { previewHeads } from '#app/_ui/preview-heads.ts'
import { PrintButton } from '#app/_ui/print-button.tsx'
import { windowSchema } from '#lib/domain/events.ts'
import { OtherActions } from '../../other-actions.tsx'
import { readMyTicket } from '../../read-my-ticket.ts'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('receipt')
  return { title: `${t('title')} #${(await params).number}` }
}

/** What was signed, to keep: the words as they were shown, in the language they were shown in, and what they are bound to. */
export default async function ReceiptPage({ params }: Props): Promise<ReactNode> {
  const [{ ticket, session }, t, scopes, heads, locale] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    getTranslations('receipt'),
    getTranslations('scopes'),
    previewHeads('asked'),
    getLocale(),
  ])
  const { consent } = ticket
  if (consent === null || consent.ownerId !== session.actor.userId) notFound()
  const window = windowSchema.parse(consent.window)
  const at = (instant: Date | string) => absoluteTime(new Date(instant), { locale, timeZone: ticket.portal.timeZone })
  // A consent in force is to the ticket's own preview, of its own restore point (I9).
  const { report } = ticket.preview
  const { totals, snapshotAt } = report ?? {}
  const loss = report && lossFigures(report, locale)
  const files = await filesInShort(report)
  const count = (value: number) => number(value, locale)
  const expires = ticket.timers.find(({ timer }) => timer === 'consentExpiry')?.due
  const facts: [string, string][] = [
    [t('portal'), ticket.portal.name],
    [t('ticket'), `#${ticket.number} ${ticket.subject}`],
    [t('scope'), scopes(ticket.scope)],
    ...(snapshotAt === undefined ? [] : [[t('point'), at(snapshotAt)] satisfies [string, string]]),
    ...(totals === undefined || loss === null
      ? []
      : ([
          [heads.comesBack, loss.comesBack],
          [heads.wiped, loss.wiped],
          [heads.changed, loss.changed],
          ...(files === null ? [] : [[t('files'), files] satisfies [string, string]]),
          [t('people'), count(totals.usersAffected)],
        ] satisfies [string, string][])),
    [t('by'), session.actor.name],
    [t('at'), at(consent.givenAt)],
    ...(expires === undefined ? [] : [[t('expires'), at(expires)] satisfies [string, string]]),
    [t('method'), t(`methods.${z.enum(['passkey', 'totp', 'mail_code', 'recorded_proof']).parse(consent.method)}`)],
    [t('typed'), consent.typedName],
    [t('window'), window.kind === 'now' ? t('now') : t('between', { from: at(window.at), until: at(window.until) })],
    [t('digest'), consent.digest],
  ]
  return (
    <TicketPage
      ticket={ticket}
      title={t('title')}
      back={{ href: `/tickets/${ticket.number}` as Route, label: t('back') }}
      facts={
        <span className="inline-flex items-center gap-1.5 text-good">
          <ShieldCheck className="size-4" aria-hidden="true" />
          {t('kept')}
        </span>
      }
      actions={
        <div className="flex flex-wrap gap-2 print:hidden">
          <PrintButton words={t('print')} />
          <ButtonLink variant="primary" href={`/tickets/${ticket.number}` as Route}>
            {t('onward')}
          </ButtonLink>
        </div>
      }
    >
      <Card title={t('words')} aside={consent.locale === locale ? undefined : t('signedIn', { language: consent.locale })}>
        <p className="whitespace-pre-wrap" lang={consent.locale}>
          {consent.shownText}
        </p>
      </Card>
      <Card title={t('facts')}>
        <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-[auto_1fr]">
          {facts.map(([term, value]) => (
            <div key={term} className="contents">
              <dt className="text-soft">{term}</dt>
              <dd className="figures min-w-0 wrap-anywhere max-sm:-mt-2">{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <div className="print:hidden">
        <OtherActions ticket={ticket} />
      </div>
    </TicketPage>
  )
}
