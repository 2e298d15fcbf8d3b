import { getLocale } from 'next-intl/server'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
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
  // An offset never stands alone on the next line.
  const absolute = absoluteTime(at, { locale, timeZone }).replace(' (', '\u00a0(')
  return (
    <time dateTime={at.toISOString()} title={show === 'relative' ? absolute : undefined} className="figures">
      {show === 'absolute' ? null : (
        <span className="whitespace-nowrap">
          <RelativeTime at={at.getTime()} now={now.getTime()} locale={locale} />
          {show === 'both' ? <span className="max-sm:hidden"> ·</span> : null}
        </span>
      )}
      {show === 'both' ? ' ' : null}
      {show === 'relative' ? null : <span className={cx('inline-block', show === 'both' && 'max-sm:block')}>{absolute}</span>}
    </time>
  )
}
