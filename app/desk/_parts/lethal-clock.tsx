import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Badge } from '#app/_ui/badge.tsx'
import { absoluteTime, duration } from '#app/_ui/format/time.ts'
import type { Tone } from '#app/_ui/tone.ts'
import { lethalClocks } from '#lib/domain/clocks.ts'

const hourMs = 3_600_000

/** What dies next on a ticket and in how long; red within six hours, amber within a day. The exact instant is in the tooltip. */
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
    <time dateTime={at.toISOString()} title={`${t(known)} · ${absoluteTime(at, { locale, timeZone })}`} className="figures">
      <Badge tone={toneOf(leftMs)}>{words}</Badge> <span className="ml-1 text-soft">{t(known)}</span>
    </time>
  )
}

function toneOf(leftMs: number): Tone {
  if (leftMs < 6 * hourMs) return 'danger'
  return leftMs < 24 * hourMs ? 'warn' : 'neutral'
}
