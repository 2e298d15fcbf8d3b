import History from 'lucide-react/icons/history'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { RelativeTime } from '#app/_ui/relative-time.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** How fresh the numbers are. They are compared once more before anything is changed, and the owner is asked anew if more would be lost (R11). */
export async function AsOf({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('consent'), getLocale()])
  const at = ticket.preview.takenAt?.getTime()
  if (at === undefined) return null
  const age = <RelativeTime at={at} now={Date.parse(ticket.now)} locale={locale} />
  return (
    <span className="figures inline-flex items-center gap-1.5" title={t('comparedAgain')}>
      <History className="size-3.5" aria-hidden="true" />
      {t.rich('asOf', {
        age: () => age,
      })}
    </span>
  )
}
