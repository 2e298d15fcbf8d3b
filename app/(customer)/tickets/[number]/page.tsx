import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { PausedOutbound } from '#app/_ticket/paused-outbound.tsx'
import { previewTense } from '#app/_ticket/preview-tense.ts'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { Beads } from '#app/_ui/beads.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { ForgetDraft } from '#app/_ui/draft-keeper.tsx'
import { LiveRefresh } from '#app/_ui/live-refresh.tsx'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { StateBadge } from '#app/_ui/state-badge.tsx'
import { isEnd } from '#lib/domain/machine-context.ts'
import { liveWords } from '../../_parts/live-words.ts'
import { AskedAgain } from './asked-again.tsx'
import { NextStep } from './next-step.tsx'
import { OtherActions } from './other-actions.tsx'
import { readMyTicket } from './read-my-ticket.ts'
import { Talk } from './talk.tsx'
import { TicketFacts } from './ticket-facts.tsx'
import { WhoseTurn } from './whose-turn.tsx'
import { WipedFiles } from './wiped-files.tsx'

type Props = { params: Promise<{ number: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { ticket } = await readMyTicket((await params).number)
  return { title: `#${ticket.number} ${ticket.subject}` }
}

const arrivalSchema = z.object({
  sent: z.literal('1').optional().catch(undefined),
  joined: z.literal('1').optional().catch(undefined),
})

/** A customer's ticket: where it stands, whose turn it is, what happens next and by when; and while a restore runs, how it goes. */
export default async function MyTicketPage({ params, searchParams }: Props): Promise<ReactNode> {
  const [{ ticket, session }, search, t, scopes, live] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    searchParams,
    getTranslations('myTicket'),
    getTranslations('scopes'),
    liveWords(),
  ])
  const arrival = arrivalSchema.parse(search)
  const { state, context } = ticket.life
  const now = new Date(ticket.now)
  const { timeZone } = ticket.portal
  const before =
    ticket.path.findLast(({ stateBefore, stateAfter }) => stateAfter === state && stateBefore !== state)?.stateBefore ?? null
  return (
    <TicketPage
      ticket={ticket}
      title={ticket.subject}
      back={{ href: '/', label: ticket.portal.name }}
      facts={
        <>
          <span className="figures">#{ticket.number}</span>
          <StateBadge state={state} scope={ticket.scope} />
          <span>{scopes(ticket.scope)}</span>
        </>
      }
    >
      {arrival.joined ? (
        <Callout tone="accent" title={t('joined')}>
          {t('joinedWhy')}
        </Callout>
      ) : null}
      {arrival.sent && !isEnd(state) ? (
        <Callout tone="good" title={t('sent')}>
          {t('sentWhy')}
        </Callout>
      ) : null}
      {context.frozen === null || isEnd(state) ? null : (
        <Callout tone="danger" title={t('frozen')}>
          {t('frozenWhy')}
        </Callout>
      )}
      <Card>
        <div className="space-y-5">
          <Beads state={state} lastState={before} />
          {isEnd(state) ? null : <WhoseTurn ticket={ticket} timeZone={timeZone} />}
          <ClockStrip timers={ticket.timers} now={now} timeZone={timeZone} />
        </div>
      </Card>
      <AskedAgain ticket={ticket} timeZone={timeZone} />
      <NextStep ticket={ticket} session={session} />
      <PausedOutbound ticket={ticket} timeZone={timeZone} />
      <WipedFiles ticket={ticket} timeZone={timeZone} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <Talk ticket={ticket} reader={session.actor} />
        <div className="space-y-6">
          <TicketFacts ticket={ticket} timeZone={timeZone} />
          <OtherActions ticket={ticket} />
        </div>
      </div>
      {ticket.preview.report === null ? null : (
        <details className="rounded-lg border border-line bg-surface shadow-card">
          <summary className="min-h-11 p-4 font-semibold sm:px-5">{t('preview', { scope: ticket.scope })}</summary>
          <div className="p-4 pt-0 sm:p-5 sm:pt-0">
            <LossPreview report={ticket.preview.report} timeZone={ticket.portal.timeZone} tense={previewTense(ticket)} />
          </div>
        </details>
      )}
      {arrival.sent || arrival.joined ? <ForgetDraft id="restore:*" owner={session.actor.userId} /> : null}
      <LiveRefresh ticket={ticket.number} version={ticket.version} words={live} />
    </TicketPage>
  )
}
