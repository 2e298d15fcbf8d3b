import Timer from 'lucide-react/icons/timer'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { RelativeTime } from '#app/_ui/relative-time.tsx'
import { urgencyOf } from '#app/_ui/urgency.ts'
import { isBefore, plusDays } from '#lib/domain/instants.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** Until when to pay: the first of the ticket's own time, the consent's and the hold's; what happens then, and how long the restore point outlasts it. */
export async function PayBy({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('upgrade'), getLocale()])
  const { lethal, snapshot, life, portal } = ticket
  if (lethal === null) return null
  const { clock, at } = lethal
  const time = (instant: string) => absoluteTime(new Date(instant), { locale, timeZone: portal.timeZone })
  const then = clock === 'upgradeExpires' || clock === 'snapshotDies' ? clock : 'consentExpires'
  // An ended ticket holds nothing: after it the restore point has what is left of its own days.
  const kept = snapshot.completedAt && plusDays(snapshot.completedAt.toISOString(), life.context.policy.retentionDays)
  const lasts = then === 'upgradeExpires' ? kept : life.context.hold.until
  const left = (
    <span className="figures">
      <RelativeTime at={Date.parse(at)} now={Date.parse(ticket.now)} locale={locale} form="left" />
    </span>
  )
  return (
    <Callout
      tone={urgencyOf(Date.parse(at) - Date.parse(ticket.now))}
      icon={<Timer aria-hidden="true" />}
      title={t('payBy', { time: time(at) })}
    >
      <p>
        {t.rich('payLeft', {
          left: () => left,
        })}{' '}
        {t(`after.${then}`)}
      </p>
      {lasts === null || !isBefore(at, lasts) ? null : (
        <p>{t(then === 'upgradeExpires' ? 'pointKept' : 'pointHeld', { time: time(lasts) })}</p>
      )}
    </Callout>
  )
}
