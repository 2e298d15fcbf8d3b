import History from 'lucide-react/icons/history'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** How old the numbers are. They are compared once more before anything is changed, and the owner is asked anew if more would be lost (R11). */
export async function AsOf({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('consent'), getLocale()])
  if (ticket.preview.takenAt === null) return null
  return (
    <span className="figures inline-flex items-center gap-1.5" title={t('comparedAgain')}>
      <History className="size-3.5" aria-hidden="true" />
      {t('asOf', { time: absoluteTime(ticket.preview.takenAt, { locale, timeZone: ticket.portal.timeZone }) })}
    </span>
  )
}
