import type { Metadata, Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { PausedOutbound } from '#app/_ticket/paused-outbound.tsx'
import { previewTense } from '#app/_ticket/preview-tense.ts'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { MachineDiagram } from '#app/_ui/machine-diagram.tsx'
import { RunMonitor } from '#app/_ui/run-monitor.tsx'
import { StateBadge } from '#app/_ui/state-badge.tsx'
import { readAgents } from '#lib/identity/read-agents.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { DeskConversation } from '../../_parts/desk-conversation.tsx'
import { Offers } from '../../_parts/offers.tsx'
import { readDeskTicket } from '../../_parts/read-desk-ticket.ts'
import { TicketFacts } from '../../_parts/ticket-facts.tsx'
import { TicketFlags } from '../../_parts/ticket-flags.tsx'
import { TicketPath } from '../../_parts/ticket-path.tsx'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { ticket } = await readDeskTicket((await params).number)
  return { title: `#${ticket.number} ${ticket.subject}` }
}

/** One ticket for an agent: the live machine on top, conversation on the left, facts and what may be done now on the right. */
export default async function DeskTicketPage({ params }: Props): Promise<ReactNode> {
  const { session, ticket } = await readDeskTicket((await params).number)
  const { actor } = session
  const [t, scopes, agents] = await Promise.all([
    getTranslations('deskTicket'),
    getTranslations('scopes'),
    readAgents(deskDb(), actor),
  ])
  const now = new Date(ticket.now)
  const { report } = ticket.preview
  return (
    <TicketPage
      ticket={ticket}
      dense
      back={{ href: '/desk' as Route, label: t('back') }}
      title={`#${ticket.number} ${ticket.subject}`}
      facts={
        <>
          <StateBadge state={ticket.life.state} scope={ticket.scope} />
          <span>{ticket.portal.name}</span>
          <span>{scopes(ticket.scope)}</span>
          <span>{ticket.assignee === null ? t('unassigned') : t('assignedTo', { name: ticket.assignee.name })}</span>
        </>
      }
    >
      <ClockStrip timers={ticket.timers} now={now} timeZone={actor.timeZone} dense />
      <TicketFlags ticket={ticket} timeZone={actor.timeZone} />
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_27rem]">
        <div className="min-w-0 space-y-3">
          <Card title={t('machine')} dense>
            <MachineDiagram state={ticket.life.state} taken={takenBy(ticket.path)} />
          </Card>
          {ticket.run === null ? null : (
            <Card title={t(`run.${ticket.run.kind}`, { scope: ticket.scope })} dense id="run">
              <RunMonitor
                run={ticket.run}
                now={now}
                stop={
                  ticket.offers.some(({ event, allowed }) => event === 'CANCEL_RUN' && allowed) ? (
                    <TicketForm ticket={ticket}>
                      <EventButton event="CANCEL_RUN" variant="danger" size="dense">
                        {t('stop')}
                      </EventButton>
                    </TicketForm>
                  ) : undefined
                }
              />
            </Card>
          )}
          <PausedOutbound ticket={ticket} timeZone={actor.timeZone} dense />
          <DeskConversation ticket={ticket} reader={actor} />
        </div>
        <aside className="max-lg:contents lg:row-span-2 lg:space-y-3" aria-label={t('side')}>
          <div className="min-w-0 max-lg:order-first">
            <Offers ticket={ticket} session={session} agents={agents} />
          </div>
          <TicketFacts ticket={ticket} timeZone={actor.timeZone} />
        </aside>
        <div className="min-w-0 space-y-3">
          {report === null ? null : (
            <Card title={t('preview')} dense>
              <LossPreview report={report} timeZone={actor.timeZone} tense={previewTense(ticket)} notices={false} masked />
            </Card>
          )}
          <TicketPath path={ticket.path} scope={ticket.scope} now={now} timeZone={actor.timeZone} />
        </div>
      </div>
    </TicketPage>
  )
}

function takenBy(path: Awaited<ReturnType<typeof readDeskTicket>>['ticket']['path']) {
  return path.flatMap(({ stateBefore, stateAfter }) =>
    stateBefore === null || stateBefore === stateAfter ? [] : [{ from: stateBefore, to: stateAfter }],
  )
}
