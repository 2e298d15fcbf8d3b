import type { Metadata, Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { number } from '#app/_ui/format/numbers.ts'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { StateBadge } from '#app/_ui/state-badge.tsx'
import { Decision } from '../../_parts/decision.tsx'
import { readDeskTicket } from '../../_parts/read-desk-ticket.ts'
import { TicketFacts } from '../../_parts/ticket-facts.tsx'
import { TicketFlags } from '../../_parts/ticket-flags.tsx'
import { TicketPath } from '../../_parts/ticket-path.tsx'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const [{ ticket }, t] = await Promise.all([readDeskTicket((await params).number), getTranslations('approvals')])
  return { title: t('decideOn', { number: ticket.number }) }
}

/** All an approver needs on one page: what it costs, who is behind it and how that is known, what is unusual, and the two buttons. */
export default async function ApprovalPage({ params }: Props): Promise<ReactNode> {
  const { session, ticket } = await readDeskTicket((await params).number)
  const { timeZone } = session.actor
  const [t, locale] = await Promise.all([getTranslations('approvals'), getLocale()])
  const { report } = ticket.preview
  return (
    <main
      id="main"
      tabIndex={-1}
      className="space-y-3 outline-none"
      data-state={ticket.life.state}
      data-version={ticket.version}
      data-ticket={ticket.number}
    >
      <PageHeader
        back={{ href: '/desk/approvals' as Route, label: t('title') }}
        title={t('decideOn', { number: ticket.number })}
        facts={
          <>
            <StateBadge state={ticket.life.state} />
            <span>{ticket.subject}</span>
          </>
        }
      />
      <ClockStrip timers={ticket.timers} now={new Date(ticket.now)} timeZone={timeZone} dense />
      <TicketFlags ticket={ticket} timeZone={timeZone} />
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="min-w-0 space-y-3">
          {report === null ? null : (
            <Card
              dense
              title={t('sentence', {
                scope: ticket.scope,
                portal: ticket.portal.name,
                comesBack: number(report.totals.comesBack, locale),
                wiped: number(report.totals.wiped, locale),
                users: number(report.totals.usersAffected, locale),
              })}
            >
              <LossPreview report={report} timeZone={timeZone} masked />
            </Card>
          )}
          <Card title={t('asked')} dense>
            <p className="whitespace-pre-wrap">{ticket.reason}</p>
          </Card>
          {ticket.consent === null ? null : (
            <Card title={t('consentAsShown')} dense>
              <p className="whitespace-pre-wrap text-soft" lang={ticket.consent.locale}>
                {ticket.consent.shownText}
              </p>
            </Card>
          )}
          <TicketPath path={ticket.path} now={new Date(ticket.now)} timeZone={timeZone} />
        </div>
        <aside className="max-lg:contents lg:space-y-3" aria-label={t('side')}>
          <div className="min-w-0 max-lg:order-first">
            <Decision ticket={ticket} session={session} />
          </div>
          <TicketFacts ticket={ticket} timeZone={timeZone} />
        </aside>
      </div>
    </main>
  )
}
