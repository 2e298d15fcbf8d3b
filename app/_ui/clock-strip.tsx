import CalendarClock from 'lucide-react/icons/calendar-clock'
import Hourglass from 'lucide-react/icons/hourglass'
import Timer from 'lucide-react/icons/timer'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { Timer as RunningTimer } from '#lib/domain/timers.ts'
import { clocksShown } from './clocks-shown.ts'
import { cx } from './cx.ts'
import { absoluteTime } from './format/time.ts'
import { RelativeTime } from './relative-time.tsx'
import { urgencyOf } from './urgency.ts'

/** A restore that is about to begin has the colour of running, an end that leads that of its urgency. */
const urgencies = { danger: 'text-danger', warn: 'text-warn', neutral: 'text-ink' } as const

/** What is running out for this ticket, what happens next first, in words, with the exact instant. Nothing is shown where nothing runs. */
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
  const shown = clocksShown(timers)
  if (shown.length === 0) return null
  return (
    <ul
      className={cx('flex flex-wrap', dense ? 'gap-x-4 gap-y-1 text-dense' : 'gap-x-6 gap-y-2 text-sm')}
      aria-label={t('title')}
    >
      {shown.map(({ timer, at, leads }) => {
        const tone =
          leads === null ? 'text-soft' : leads === 'begins' ? 'text-run' : urgencies[urgencyOf(at.getTime() - now.getTime())]
        const left = (
          <time dateTime={at.toISOString()} className="figures whitespace-nowrap">
            <RelativeTime at={at.getTime()} now={now.getTime()} locale={locale} form="left" />
          </time>
        )
        const Icon = leads === 'ends' ? Hourglass : leads === 'begins' ? CalendarClock : Timer
        return (
          <li key={timer} className={cx('flex gap-1.5', tone)}>
            <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
            <span>
              <span className={leads === null ? '' : 'font-medium'}>{t.rich(timer, { left: () => left })}</span>
              <span className="figures text-faint max-sm:block">
                <span className="max-sm:hidden"> · </span>
                {absoluteTime(at, { locale, timeZone })}
              </span>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
