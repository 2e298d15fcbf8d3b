import Pause from 'lucide-react/icons/pause'
import Send from 'lucide-react/icons/send'
import TriangleAlert from 'lucide-react/icons/triangle-alert'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { EventType } from '#lib/domain/events.ts'
import type { PausedActions } from '#lib/domain/machine-context.ts'
import type { PausedRead } from '#lib/tickets/read-paused.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import { TicketForm } from './ticket-form.tsx'

type Props = { ticket: TicketRead; timeZone: string; dense?: boolean }

/** S69: what the restore brought back paused, and what becomes of it. Whoever may release it is offered that; all others read. */
export async function PausedOutbound({ ticket, timeZone, dense = false }: Props): Promise<ReactNode> {
  const { paused } = ticket.life.context
  if (paused === null || ticket.paused.length === 0) return null
  const [t, locale] = await Promise.all([getTranslations('paused'), getLocale()])
  return (
    <Card title={t('title')} dense={dense} id="paused">
      <div className="space-y-4" data-paused={paused.release}>
        <p className="max-w-prose text-soft">{t('why')}</p>
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {ticket.paused.map(({ name, rows, was }) => (
            <li key={name.en} className="flex gap-3 px-4 py-2.5">
              <Pause aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
              <div className="grow gap-x-4 sm:flex sm:justify-between">
                <span className="block">
                  {name[locale]} <span className="figures font-medium">{number(rows, locale)}</span>
                </span>
                {was === null ? null : <Were was={was} />}
              </div>
            </li>
          ))}
        </ul>
        <Became ticket={ticket} paused={paused} timeZone={timeZone} />
      </div>
    </Card>
  )
}

/** What they were in the restore point: what would go out, and what had gone already. */
async function Were({ was }: { was: NonNullable<PausedRead['was']> }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('paused'), getLocale()])
  const list = was.map(({ value, rows }) => `${value ?? t('empty')} ${number(rows, locale)}`).join(' · ')
  return <span className="figures text-sm text-soft sm:text-right">{t('was', { list })}</span>
}

async function Became({ ticket, paused, timeZone }: Props & { paused: PausedActions }): Promise<ReactNode> {
  const t = await getTranslations('paused')
  const { released } = paused
  if (paused.release === 'asked') return <Callout tone="accent" title={t('asked')} />
  if (released !== null)
    return (
      <Callout tone="good" title={t('released', { count: released.released })}>
        {released.changed === 0 ? null : t('changed', { count: released.changed })}{' '}
        {released.gone === 0 ? null : t('gone', { count: released.gone })}
      </Callout>
    )
  return (
    <>
      {paused.release === 'failed' ? (
        <Callout tone="danger" icon={<TriangleAlert aria-hidden="true" />} title={t('failed')}>
          {t(paused.unproved ? 'unproved' : 'failedWhy')}
        </Callout>
      ) : null}
      <Decide ticket={ticket} paused={paused} timeZone={timeZone} />
    </>
  )
}

/** The two ways on, for the owner; a no that a rule gives is said by the door. */
async function Decide({ ticket, paused, timeZone }: Props & { paused: PausedActions }): Promise<ReactNode> {
  const [t, events, locale] = await Promise.all([getTranslations('paused'), getTranslations('events'), getLocale()])
  const may = (name: EventType) => ticket.offers.some(({ event, allowed }) => event === name && allowed)
  const until = ticket.life.context.undo?.until ?? null
  const open = until !== null && Date.parse(until) > Date.parse(ticket.now)
  if (!may('RELEASE_PAUSED'))
    return <p className="text-sm text-soft">{t(open && !ticket.parties.has('owner') ? 'onlyOwner' : 'over')}</p>
  const hidden = { runId: paused.runId, actions: `${paused.actions}` }
  return (
    <div className="space-y-3">
      {paused.release === 'left' ? <p className="font-medium">{t('left')}</p> : null}
      {until === null ? null : (
        <p className="figures text-sm text-soft">{t('until', { time: absoluteTime(new Date(until), { locale, timeZone }) })}</p>
      )}
      <div className="flex flex-wrap items-start gap-3">
        <details data-offer="RELEASE_PAUSED" className="open:basis-full">
          <summary className="inline-flex min-h-11 items-center text-accent">{t('release')}</summary>
          <TicketForm ticket={ticket} hidden={hidden} label={events('RELEASE_PAUSED')} className="mt-1 max-w-prose space-y-3">
            <p>{t('confirm', { count: paused.actions, names: await namesOf(ticket.paused) })}</p>
            <EventButton event="RELEASE_PAUSED" icon={<Send aria-hidden="true" />}>
              {events('RELEASE_PAUSED')}
            </EventButton>
          </TicketForm>
        </details>
        {may('LEAVE_PAUSED') ? (
          <TicketForm ticket={ticket} hidden={{ runId: paused.runId }} label={events('LEAVE_PAUSED')}>
            <EventButton event="LEAVE_PAUSED" variant="quiet">
              {events('LEAVE_PAUSED')}
            </EventButton>
          </TicketForm>
        ) : null}
      </div>
    </div>
  )
}

async function namesOf(paused: PausedRead[]): Promise<string> {
  const locale = await getLocale()
  return paused.map(({ name, rows }) => `${name[locale]} ${number(rows, locale)}`).join(', ')
}
