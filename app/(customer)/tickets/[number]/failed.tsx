import RotateCcw from 'lucide-react/icons/rotate-ccw'
import TriangleAlert from 'lucide-react/icons/triangle-alert'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { filesInShort } from '#app/_ui/files-in-short.ts'
import { lossFigures } from '#app/_ui/format/loss-figures.ts'
import { isWhole } from '#lib/domain/policy/policy.ts'
import { failureWords } from '#lib/domain/refusal-words.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** It did not work: the portal is as it was (or that is not certain), why, and the one next step of whoever's turn it is. */
export async function Failed({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, events, locale] = await Promise.all([getTranslations('myTicket.failed'), getTranslations('events'), getLocale()])
  const { failure } = ticket.life.context
  const may = (name: string) => ticket.offers.some(({ event, allowed }) => event === name && allowed)
  return (
    <Card title={failure?.kind === 'cancelled' ? t('stopped', { scope: ticket.scope }) : t('title', { scope: ticket.scope })}>
      <div className="space-y-4">
        {failure?.kind === 'unproved' ? (
          <Callout tone="warn" icon={<TriangleAlert aria-hidden="true" />} title={t('unproved')}>
            {t('unprovedWhy')}
          </Callout>
        ) : (
          <Callout tone="good" title={t('asBefore')}>
            {t('asBeforeWhy')}
          </Callout>
        )}
        <p className="max-w-prose">
          {failure === null || failure.kind === 'cancelled' ? null : `${failureWords(failure, { locale, timeZone }).why} `}
          {await nextStep(ticket)}
        </p>
        <div className="flex flex-wrap items-center gap-3">
          {may('RETRY_RESTORE') ? <Retry ticket={ticket} yours={ticket.turn === 'owner'} /> : null}
          {may('CLOSE_TICKET') ? (
            <TicketForm ticket={ticket} label={events('CLOSE_TICKET')}>
              <EventButton event="CLOSE_TICKET" variant="quiet">
                {events('CLOSE_TICKET')}
              </EventButton>
            </TicketForm>
          ) : null}
        </div>
      </div>
    </Card>
  )
}

/** What is to be done, by the one whose turn it is; everybody else reads who that is. */
async function nextStep({ turn, parties, owner, life }: TicketRead): Promise<string> {
  const t = await getTranslations('myTicket.failed')
  if (turn !== 'owner') return t('desk')
  if (!parties.has('owner')) return t('owner', { owner: owner?.name ?? '–' })
  const kind = life.context.failure?.kind
  return t(`try.${kind === 'blocked' || kind === 'window_ended' ? kind : 'cancelled'}`)
}

/** The price stands beside the button, as it did when it was agreed to. */
async function Retry({ ticket, yours }: { ticket: TicketRead; yours: boolean }): Promise<ReactNode> {
  const [events, loss, locale] = await Promise.all([getTranslations('events'), getTranslations('deskTicket.facts'), getLocale()])
  const { report } = ticket.preview
  const files = await filesInShort(report)
  return (
    <TicketForm ticket={ticket} label={events('RETRY_RESTORE')} className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <EventButton event="RETRY_RESTORE" variant={yours ? 'primary' : 'quiet'} icon={<RotateCcw aria-hidden="true" />}>
        {events('RETRY_RESTORE')}
      </EventButton>
      {report === null || !isWhole(ticket.scope) ? null : (
        <p className="figures text-soft">
          {[loss('lossNumbers', lossFigures(report, locale)), files].filter((part) => part !== null).join('; ')}
        </p>
      )}
    </TicketForm>
  )
}
