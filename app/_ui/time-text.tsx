import { getLocale } from 'next-intl/server'
import type { ReactNode } from 'react'
import { absoluteTime } from './format/time.ts'
import { RelativeTime } from './relative-time.tsx'

/** `2 h ago · Tue 24 Nov 2026, 02:10 CET (UTC+1)`. `now` is the database's clock; `show` leaves one of the two to the tooltip. */
export async function TimeText({
  at,
  now,
  timeZone,
  show = 'both',
}: {
  at: Date
  now: Date
  timeZone: string
  show?: 'both' | 'relative' | 'absolute'
}): Promise<ReactNode> {
  const locale = await getLocale()
  const absolute = absoluteTime(at, { locale, timeZone })
  return (
    <time dateTime={at.toISOString()} title={show === 'relative' ? absolute : undefined} className="figures">
      {show === 'absolute' ? null : <RelativeTime at={at.getTime()} now={now.getTime()} locale={locale} />}
      {show === 'both' ? ' · ' : null}
      {show === 'relative' ? null : absolute}
    </time>
  )
}
