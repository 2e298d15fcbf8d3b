import type { Metadata, Route } from 'next'
import Link from 'next/link'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { previewTense } from '#app/_ticket/preview-tense.ts'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { wordsSaid } from '#app/_ticket/words-said.ts'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { Conversation } from '#app/_ui/conversation.tsx'
import { filesInShort } from '#app/_ui/files-in-short.ts'
import { lossFigures } from '#app/_ui/format/loss-figures.ts'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { StateBadge } from '#app/_ui/state-badge.tsx'
import { Decision } from '../../_parts/decision.tsx'
import { readDeskTicket } from '../../_parts/read-desk-ticket.ts'
import { Rehearsal } from '../../_parts/rehearsal.tsx'
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
  const about = { scope: ticket.scope, portal: ticket.portal.name, users: report?.totals.usersAffected ?? 0 }
  return (
    <TicketPage
      ticket={ticket}
      dense
      back={{ href: '/desk/approvals' as Route, label: t('title') }}
      title={t('decideOn', { number: ticket.number })}
      facts={
        <>
          <StateBadge state={ticket.life.state} scope={ticket.scope} />
          <span>{ticket.subject}</span>
          <Link className="text-accent underline underline-offset-2" href={`/desk/tickets/${ticket.number}` as Route}>
            {t('ticket')}
          </Link>
        </>
      }
    >
      <ClockStrip timers={ticket.timers} now={new Date(ticket.now)} timeZone={timeZone} dense />
      <TicketFlags ticket={ticket} timeZone={timeZone} />
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_27rem]">
        <div className="min-w-0">
          {report === null ? null : (
            <Card
              dense
              title={[
                report.sampled === undefined
                  ? t('sentence', { ...about, comesBack: report.totals.comesBack, wiped: report.totals.wiped })
                  : t('sentenceSampled', { ...about, ...lossFigures(report, locale) }),
                await filesInShort(report),
              ]
                .filter((part) => part !== null)
                .join('; ')}
            >
              <LossPreview report={report} timeZone={timeZone} tense={previewTense(ticket)} notices={false} masked />
            </Card>
          )}
        </div>
        {/* On a phone the facts come before the decision; on a wide screen it stays in sight while they are read. */}
        <aside className="flex min-w-0 flex-col gap-3 lg:row-span-2 lg:self-stretch" aria-label={t('side')}>
          <div className="max-lg:order-last lg:sticky lg:top-16 lg:z-10">
            <Decision ticket={ticket} session={session} />
          </div>
          <TicketFacts ticket={ticket} timeZone={timeZone} />
        </aside>
        <div className="min-w-0 space-y-3">
          <Rehearsal ticket={ticket} timeZone={timeZone} />
          <Card title={t('said')} dense>
            <Conversation said={wordsSaid(ticket)} now={new Date(ticket.now)} timeZone={timeZone} empty="" dense />
          </Card>
          {ticket.consent === null ? null : (
            <Card title={t('consentAsShown')} dense>
              <p className="whitespace-pre-wrap text-soft" lang={ticket.consent.locale}>
                {ticket.consent.shownText}
              </p>
            </Card>
          )}
          <TicketPath path={ticket.path} scope={ticket.scope} now={new Date(ticket.now)} timeZone={timeZone} />
        </div>
      </div>
    </TicketPage>
  )
}
