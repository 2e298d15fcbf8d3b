import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { RelativeTime } from '#app/_ui/relative-time.tsx'
import { isEnd } from '#lib/domain/machine-context.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** One sentence on whose turn it is, one on when there will be news. */
export async function WhoseTurn({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('myTicket'), getLocale()])
  const mine =
    (ticket.turn === 'owner' && ticket.parties.has('owner')) || (ticket.turn === 'requester' && !isEnd(ticket.life.state))
  const at = ticket.nextUpdateAt === null ? null : new Date(ticket.nextUpdateAt)
  return (
    <div className="text-center">
      <p className="text-lg font-semibold">
        {mine ? t('turn.you') : t(ticket.life.state === 'scheduled' ? 'turn.scheduled' : `turn.${ticket.turn}`)}
      </p>
      {at === null ? null : (
        <p className="figures mt-0.5 text-sm text-soft">
          {t('nextUpdate')} <RelativeTime at={at.getTime()} now={new Date(ticket.now).getTime()} locale={locale} /> ·{' '}
          {absoluteTime(at, { locale, timeZone })}
        </p>
      )}
    </div>
  )
}
