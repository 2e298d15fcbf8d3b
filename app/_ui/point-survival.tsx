import Check from 'lucide-react/icons/check'
import CircleHelp from 'lucide-react/icons/circle-question-mark'
import Minus from 'lucide-react/icons/minus'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { bytes } from '#lib/domain/byte-words.ts'
import { type Disaster, disasters, type Outlives, survivalOf } from '#lib/domain/survival.ts'
import { number } from './format/numbers.ts'
import { absoluteTime } from './format/time.ts'
import type { RestorePoint } from './restore-points.ts'
import { RowHead, Table, Tbody, Td, Th, Thead } from './table.tsx'

/** Six columns stand side by side on a customer's page too: their heads wrap rather than push the last ones out of sight. */
const wraps = 'align-bottom whitespace-normal!'

/** R14: for every restore point which disasters it would outlive, where it lies, when that was last proved, and whether it is held. Newest first. */
export async function PointSurvival({
  points,
  timeZone,
  dense = false,
}: {
  points: RestorePoint[]
  timeZone: string
  dense?: boolean
}): Promise<ReactNode> {
  const [t, timeline, locale] = await Promise.all([getTranslations('survival'), getTranslations('timeline'), getLocale()])
  const time = (at: Date) => absoluteTime(at, { locale, timeZone })
  const copies = points.flatMap((point) => {
    const survival = survivalOf(point)
    return survival === null ? [] : [{ point, survival }]
  })
  if (copies.length === 0) return null
  return (
    <Table caption={t('title')} dense={dense} stacks>
      <Thead>
        <tr>
          <Th className={wraps}>{t('point')}</Th>
          {disasters.map((disaster) => (
            <Th key={disaster} className={wraps}>
              {t(`disaster.${disaster}`)}
            </Th>
          ))}
          <Th className={wraps}>{t('where')}</Th>
          <Th className={wraps}>{t('proved')}</Th>
        </tr>
      </Thead>
      <Tbody>
        {copies.map(({ point, survival }) => (
          <tr key={point.id} data-survival={point.id}>
            <RowHead className="figures max-md:col-span-full">
              <span className="lg:whitespace-nowrap">{time(point.completedAt ?? point.startedAt)}</span>
              {point.label === 'daily' && point.state === 'ready' ? null : (
                <span className="block text-xs font-normal break-words text-soft lg:max-w-64">
                  {point.state === 'bad' ? t('damaged') : timeline(`label.${point.label}`)}
                  {point.note === null ? null : ` · ${point.note}`}
                </span>
              )}
              {point.files === null ? null : (
                <span className="block text-xs font-normal text-soft lg:max-w-64">
                  {timeline('withFiles', {
                    count: point.files.count,
                    shown: number(point.files.count, locale),
                    size: bytes(point.files.bytes, locale),
                  })}
                </span>
              )}
              {point.heldUntil === null ? null : (
                <span className="block text-xs font-normal text-soft lg:max-w-64">
                  {t('held', { time: time(point.heldUntil) })}
                </span>
              )}
            </RowHead>
            {disasters.map((disaster) => (
              <Td key={disaster} className="max-md:col-span-full">
                <Fate outlives={survival[disaster]} disaster={disaster} />
              </Td>
            ))}
            <Td className="max-md:col-span-full">
              <Term words={t('where')} />
              {placeWords(t, point.place)}
            </Td>
            <Td className="figures max-md:col-span-full">
              <Term words={t('proved')} />
              {point.provenAt !== null ? (
                t('trial', { time: time(point.provenAt) })
              ) : point.verifiedAt !== null ? (
                t('checked', { time: time(point.verifiedAt) })
              ) : (
                <span className="whitespace-nowrap">{t('notProved')}</span>
              )}
            </Td>
          </tr>
        ))}
      </Tbody>
    </Table>
  )
}

type Words = Awaited<ReturnType<typeof getTranslations<'survival'>>>

function placeWords(t: Words, place: RestorePoint['place']): string {
  if (place === null) return t('notRecorded')
  const where = t(`place.${place.kind}`, { stands: place.stands })
  return place.name === null ? where : t('named', { where, name: place.name })
}

/** On a telephone the heads of the columns are out of sight: each cell says its own. */
const Term = ({ words }: { words: string }): ReactNode => <span className="text-soft md:hidden">{words}: </span>

const icons = {
  yes: <Check className="size-4 shrink-0 text-good" aria-hidden="true" />,
  no: <Minus className="size-4 shrink-0 text-soft" aria-hidden="true" />,
  unknown: <CircleHelp className="size-4 shrink-0 text-soft" aria-hidden="true" />,
} as const

async function Fate({ outlives, disaster }: { outlives: Outlives; disaster: Disaster }): Promise<ReactNode> {
  const t = await getTranslations('survival')
  return (
    <span className="flex items-center gap-1.5">
      {icons[outlives]}
      <span>
        <Term words={t(`disaster.${disaster}`)} />
        {t(`outlives.${outlives}`)}
      </span>
    </span>
  )
}
