import Hourglass from 'lucide-react/icons/hourglass'
import Timer from 'lucide-react/icons/timer'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { Timer as RunningTimer } from '#lib/domain/timers.ts'
import { cx } from './cx.ts'
import { absoluteTime } from './format/time.ts'
import { RelativeTime } from './relative-time.tsx'

/** Timers that end something for good; the nearest leads and is amber, in the last six hours red. */
const lethal = new Set(['holdEnd', 'ownerExpiry', 'upgradeExpiry', 'approvalDenial', 'consentExpiry', 'undoEnd'])
/** Warnings and reminders are the desk's business with itself: no clock for people. */
const silent = new Set(['holdWarning24', 'holdWarning6', 'holdWarning1', 'ownerReminder1', 'ownerReminder2'])
const lastHoursMs = 6 * 3_600_000

/** What is running out for this ticket, nearest first, in words, with the exact instant. Nothing is shown where nothing runs. */
export async function ClockStrip({
  timers,
  now,
  timeZone,
  dense = false,
}: {
  timers: RunningTimer[]
  now: Date
  timeZone: string
  dense?: boolean
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('clocks'), getLocale()])
  const shown = timers
    .filter(({ timer }) => !silent.has(timer))
    .map(({ timer, due }) => ({ timer, at: new Date(due) }))
    .sort(
      (one, other) => Number(lethal.has(other.timer)) - Number(lethal.has(one.timer)) || one.at.getTime() - other.at.getTime(),
    )
  if (shown.length === 0) return null
  return (
    <ul
      className={cx('flex flex-wrap', dense ? 'gap-x-4 gap-y-1 text-dense' : 'gap-x-6 gap-y-2 text-sm')}
      aria-label={t('title')}
    >
      {shown.map(({ timer, at }, place) => {
        const leads = place === 0 && lethal.has(timer)
        const urgent = leads && at.getTime() - now.getTime() < lastHoursMs
        const Icon = leads ? Hourglass : Timer
        return (
          <li key={timer} className={cx('flex gap-1.5', leads ? (urgent ? 'text-danger' : 'text-warn') : 'text-soft')}>
            <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
            <span>
              <span className={leads ? 'font-medium' : ''}>{t(timer)}</span>{' '}
              <time dateTime={at.toISOString()} className="figures" title={absoluteTime(at, { locale, timeZone })}>
                <RelativeTime at={at.getTime()} now={now.getTime()} locale={locale} form="left" />
              </time>
              <span className="figures text-faint"> · {absoluteTime(at, { locale, timeZone })}</span>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
