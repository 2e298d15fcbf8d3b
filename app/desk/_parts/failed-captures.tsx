import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { RestorePoint } from '#app/_ui/restore-points.ts'
import { captureReasonWords } from '#lib/domain/refusal-words.ts'

/** S26, S27: captures that came to nothing and copies that turned out bad: why in words, and folded below it what the program said. */
export async function FailedCaptures({ points, timeZone }: { points: RestorePoint[]; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('deskPortal'), getLocale()])
  const failed = points.filter(({ state }) => state === 'failed' || state === 'bad')
  if (failed.length === 0) return null
  return (
    <Card title={t('failed')} dense>
      <ul className="divide-y divide-line text-dense">
        {failed.map(({ id, state, startedAt, completedAt, reason, detail }) => (
          <li key={id} data-failed={id} className="space-y-0.5 py-2 first:pt-0 last:pb-0">
            <p>
              <span className="figures font-medium">{absoluteTime(completedAt ?? startedAt, { locale, timeZone })}</span>{' '}
              <span className="text-soft">{t(state === 'bad' ? 'wentBad' : 'notMade')}</span>
            </p>
            <p>{captureReasonWords(reason ?? 'error', locale)}</p>
            {detail === null ? null : (
              <details>
                <summary className="inline-flex min-h-6 items-center rounded-sm text-accent hover:text-accent-strong">
                  {t('detail')}
                </summary>
                <code lang="en" className="mt-1 block rounded-sm bg-sunken p-2 break-words whitespace-pre-wrap">
                  {detail}
                </code>
              </details>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}
