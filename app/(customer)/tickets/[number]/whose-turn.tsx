import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { RelativeTime } from '#app/_ui/relative-time.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** One sentence on whose turn it is, one on when there will be news. */
export async function WhoseTurn({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('myTicket'), getLocale()])
  const mine = (ticket.turn === 'owner' && ticket.parties.has('owner')) || ticket.turn === 'requester'
  // What still runs after a failure, or while the desk looks into it, are the restore point's own clocks: no date by which there is news.
  const quiet = ticket.turn === 'desk' || ticket.life.state === 'restoreFailed'
  const at = ticket.nextUpdateAt === null || quiet ? null : new Date(ticket.nextUpdateAt)
  return (
    <div className="text-center">
      <p className="text-lg font-semibold">
        {mine ? t('turn.you') : t(ticket.life.state === 'scheduled' ? 'turn.scheduled' : `turn.${ticket.turn}`)}
      </p>
      {at === null ? null : (
        <p className="figures mt-0.5 text-sm text-soft">
          {t('nextUpdate')} <RelativeTime at={at.getTime()} now={new Date(ticket.now).getTime()} locale={locale} />
          <span className="max-sm:hidden"> · </span>
          <span className="max-sm:block">{absoluteTime(at, { locale, timeZone })}</span>
        </p>
      )}
    </div>
  )
}
