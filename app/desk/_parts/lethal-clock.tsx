import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Badge } from '#app/_ui/badge.tsx'
import { absoluteTime, duration } from '#app/_ui/format/time.ts'
import { urgencyOf } from '#app/_ui/urgency.ts'
import { lethalClocks } from '#lib/domain/clocks.ts'

/** What dies next on a ticket and in how long. It unfolds to the exact instant. */
export async function LethalClock({
  clock,
  at,
  now,
  timeZone,
}: {
  clock: string | null
  at: Date | null
  now: Date
  timeZone: string
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('clocks'), getLocale()])
  const known = lethalClocks.find((name) => name === clock)
  if (at === null || known === undefined) return <span className="text-faint">{t('none')}</span>
  const leftMs = at.getTime() - now.getTime()
  const words = leftMs <= 0 ? t('now') : duration(leftMs, locale)
  return (
    <details className="figures">
      <summary className="flex min-h-8 w-fit md:min-h-6 items-center gap-1.5 rounded-sm text-soft before:me-0 hover:text-ink">
        <Badge tone={urgencyOf(leftMs)}>{words}</Badge>
        {t(known)}
      </summary>
      <time dateTime={at.toISOString()} className="block text-xs max-md:pb-1 md:pt-0.5 text-soft">
        {absoluteTime(at, { locale, timeZone })}
      </time>
    </details>
  )
}
