import Scale from 'lucide-react/icons/scale'
import type { Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { duration } from '#app/_ui/format/time.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

const hourMs = 3_600_000
/** Older than this, and a working day of the portal may be missing from them. */
const oldAfterHours = 12

/** Whole hours since the figures were taken, once they are old; null while they are fresh. */
export function oldHours({ preview, now }: Pick<TicketRead, 'preview' | 'now'>): number | null {
  if (preview.takenAt === null) return null
  const hours = Math.floor((Date.parse(now) - preview.takenAt.getTime()) / hourMs)
  return hours < oldAfterHours ? null : hours
}

/** Says so where the figures are old, with the way to newer ones. R11 asks again in any case if more would be lost; this spares the owner that. */
export async function AgeOfFigures({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('consent'), getLocale()])
  const hours = oldHours(ticket)
  const mayCompare = ticket.offers.some(({ event, allowed }) => event === 'CHOOSE_SNAPSHOT' && allowed)
  if (hours === null || !mayCompare) return null
  return (
    <Callout
      tone="warn"
      title={t('old', { age: duration(hours * hourMs, locale) })}
      action={
        <ButtonLink href={`/tickets/${ticket.number}/restore-point` as Route} icon={<Scale aria-hidden="true" />}>
          {t('compareAgain')}
        </ButtonLink>
      }
    >
      {t('oldWhy')}
    </Callout>
  )
}
