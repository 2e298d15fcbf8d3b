import HardDrive from 'lucide-react/icons/hard-drive'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { type KnownPoint, secondPlaceOf } from '#lib/domain/survival.ts'

const tones = { one_server: 'warn', unknown: 'neutral', second: 'good' } as const

/** R14 for the desk: whether all restore points would go with the portal's server, and what to do about it. Nothing is said where there is no point. */
export async function SecondPlace({ points, timeZone }: { points: KnownPoint[]; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('secondPlace'), getLocale()])
  const found = secondPlaceOf(points)
  if (found.kind === 'none') return null
  return (
    <Callout tone={tones[found.kind]} icon={<HardDrive aria-hidden="true" />} title={t(`${found.kind}.title`)}>
      <p className="max-w-prose">
        {found.kind === 'second'
          ? t('second.why', {
              only: found.onlyThere ? 'yes' : 'no',
              place: found.place ?? '',
              time: absoluteTime(found.newest, { locale, timeZone }),
            })
          : t(`${found.kind}.why`)}
      </p>
      <p className="max-w-prose">{t(`${found.kind}.whatToDo`)}</p>
    </Callout>
  )
}
