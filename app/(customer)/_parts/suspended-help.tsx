import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { RestorePoint } from '#app/_ui/restore-points.ts'
import { env } from '#lib/runtime/env.ts'

/** What becomes of a suspended portal's copies, and whom to write to: the way out of a page where nothing can be done. */
export async function SuspendedHelp({
  points,
  timeZone,
  retentionDays,
}: {
  points: RestorePoint[]
  timeZone: string
  retentionDays: number
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('home'), getLocale()])
  const ends = points.flatMap(({ state, heldUntil, keptUntil }) => {
    const end = heldUntil ?? keptUntil
    return state === 'ready' && end !== null ? [end.getTime()] : []
  })
  const address = bareAddress(env().mailFrom)
  return (
    <>
      <p>
        {ends.length === 0
          ? t('suspendedNoCopies')
          : t('suspendedCopies', {
              count: ends.length,
              days: retentionDays,
              time: absoluteTime(new Date(Math.max(...ends)), { locale, timeZone }),
            })}
      </p>
      <p>
        {t('suspendedContact')}{' '}
        <a className="inline-flex min-h-6 items-center text-accent underline underline-offset-2" href={`mailto:${address}`}>
          {address}
        </a>
      </p>
    </>
  )
}

/** `desk@example.com` of `Restore Desk <desk@example.com>`. */
const bareAddress = (sender: string): string => /<([^>]+)>/.exec(sender)?.[1] ?? sender
