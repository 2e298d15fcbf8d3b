import Check from 'lucide-react/icons/check'
import TriangleAlert from 'lucide-react/icons/triangle-alert'
import Undo2 from 'lucide-react/icons/undo-2'
import type { Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Textarea } from '#app/_ui/field.tsx'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime, duration } from '#app/_ui/format/time.ts'
import { RelativeTime } from '#app/_ui/relative-time.tsx'
import { Stat, Stats } from '#app/_ui/stat.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import { filesMoved } from './files-moved.ts'

const countsSchema = z.object({ missing: z.number(), newer: z.number(), changed: z.number() })

/** Counted by the preview, or not ruled out by its sample. */
const mayHaveReverted = ({ preview: { report } }: TicketRead): boolean =>
  (report?.sampled?.changed.atMost ?? report?.totals.changed ?? 0) > 0

/** What came back and what went, whether it was what was needed, and the way back while it is open. */
export async function Restored({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, events, locale] = await Promise.all([getTranslations('myTicket.restored'), getTranslations('events'), getLocale()])
  const { context } = ticket.life
  const { files } = context
  const counts = countsSchema.safeParse(ticket.run?.counts)
  // Applied in place, a record that is reverted counts as one that went and one that came: said beside both, for there is no number of its own.
  const mixed = counts.success && counts.data.changed === 0 && mayHaveReverted(ticket)
  const moved = filesMoved(ticket)
  const may = (name: string) => ticket.offers.some(({ event, allowed }) => event === name && allowed)
  const pause = ticket.run?.way === 'swap' ? ticket.run.offlineMs : (ticket.run?.writePauseMs ?? null)
  return (
    <Card title={t('title', { scope: ticket.scope })}>
      <div className="space-y-5">
        {files === null ? null : (
          <p className="text-soft">
            {t('files')} {t('filesUntil', { time: absoluteTime(new Date(files.until), { locale, timeZone }) })}
          </p>
        )}
        {context.failure === null ? null : (
          <Callout tone="danger" title={t('undoFailed')}>
            {t(context.failure.kind === 'unproved' ? 'undoUnproved' : 'undoFailedWhy')}
          </Callout>
        )}
        {counts.success && ticket.run?.kind === 'restore' && files === null ? (
          <Stats columns={pause === null ? (mixed ? 2 : 3) : mixed ? 3 : 4}>
            <Stat
              label={t('cameBack')}
              value={number(counts.data.missing, locale)}
              note={mixed ? t('cameBackMixed') : undefined}
              tone="good"
            />
            <Stat
              label={t('wiped')}
              value={number(counts.data.newer, locale)}
              note={mixed ? t('wipedMixed') : undefined}
              tone={counts.data.newer > 0 ? 'danger' : 'neutral'}
            />
            {mixed ? null : <Stat label={t('changed')} value={number(counts.data.changed, locale)} />}
            {pause === null ? null : (
              <Stat
                label={ticket.run.way === 'swap' ? t('offline') : t('writePause')}
                value={duration(pause, locale)}
                note={t('measured')}
              />
            )}
          </Stats>
        ) : null}
        {moved === null || ticket.run?.kind !== 'restore' ? null : (
          <p data-files-moved>{t('portalFiles', { back: moved.missing, lost: moved.newer, changed: moved.changed })}</p>
        )}
        <p className="text-lg font-medium">{t('question', { scope: ticket.scope })}</p>
        <div className="flex flex-wrap items-start gap-3">
          {may('CONFIRM_RESTORED') ? (
            <TicketForm ticket={ticket} label={t('confirm', { scope: ticket.scope })}>
              <EventButton event="CONFIRM_RESTORED" icon={<Check aria-hidden="true" />}>
                {t('confirm', { scope: ticket.scope })}
              </EventButton>
            </TicketForm>
          ) : null}
          {may('REQUEST_UNDO') ? (
            <ButtonLink href={`/tickets/${ticket.number}/undo` as Route} icon={<Undo2 aria-hidden="true" />}>
              {t('undo', { scope: ticket.scope })}
            </ButtonLink>
          ) : null}
        </div>
        {context.undo === null ? null : (
          <p className="figures text-sm text-soft">
            {t('undoLeft')}{' '}
            <span className="font-medium text-ink">
              <RelativeTime
                at={new Date(context.undo.until).getTime()}
                now={new Date(ticket.now).getTime()}
                locale={locale}
                form="left"
              />
            </span>{' '}
            · {absoluteTime(new Date(context.undo.until), { locale, timeZone })}.{' '}
            {ticket.parties.has('owner') ? t('undoWho.owner', { scope: ticket.scope }) : t('undoWho.other')}
          </p>
        )}
        {context.complaint === null ? null : (
          <Callout tone="warn" icon={<TriangleAlert aria-hidden="true" />} title={t('complaint')}>
            {t('complaintWhy')}
          </Callout>
        )}
        {may('OPEN_COMPLAINT') && context.complaint === null ? (
          <details data-offer="OPEN_COMPLAINT">
            <summary className="inline-flex min-h-11 items-center text-accent">{t('notRight')}</summary>
            <TicketForm ticket={ticket} label={events('OPEN_COMPLAINT')} className="mt-1 space-y-3">
              <Textarea name="reason" label={t('what')} hint={t('whatHint')} maxLength={10_000} required />
              <EventButton event="OPEN_COMPLAINT" variant="quiet">
                {events('OPEN_COMPLAINT')}
              </EventButton>
            </TicketForm>
          </details>
        ) : null}
      </div>
    </Card>
  )
}
