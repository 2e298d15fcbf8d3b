import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { bytes } from '#lib/domain/byte-words.ts'
import { captureReasonWords } from '#lib/domain/refusal-words.ts'
import { number } from './format/numbers.ts'
import { absoluteTime, duration } from './format/time.ts'
import type { Hole, RestorePoint } from './restore-points.ts'
import { RowHead, Table, Tbody, Td, Th, Thead } from './table.tsx'

/** What the timeline draws, as a table: for those who cannot see it, and for those who want the figures. */
export async function RestorePointTable({
  points,
  holes,
  timeZone,
}: {
  points: RestorePoint[]
  holes: Hole[]
  now: Date
  timeZone: string
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('timeline'), getLocale()])
  const time = (at: Date | null) => (at === null ? '–' : absoluteTime(at, { locale, timeZone }))
  const count = (value: number | undefined | null) => (value === undefined || value === null ? '–' : number(value, locale))
  return (
    <details className="group text-sm">
      <summary className="inline-flex min-h-8 items-center rounded-sm text-accent hover:text-accent-strong">
        {t('table.open')}
      </summary>
      <div className="mt-2">
        <Table caption={t('table.caption')} dense>
          <Thead>
            <tr>
              <Th>{t('table.point')}</Th>
              <Th>{t('table.what')}</Th>
              <Th>{t('table.state')}</Th>
              <Th numeric>{t('table.rows')}</Th>
              <Th numeric>{t('table.size')}</Th>
              <Th numeric>
                <span className="block min-w-28 whitespace-normal">{t('legend.deleted')}</span>
              </Th>
              <Th numeric>{t('legend.added')}</Th>
              <Th numeric>{t('legend.changed')}</Th>
              <Th>{t('table.keptUntil')}</Th>
              <Th>{t('table.proven')}</Th>
            </tr>
          </Thead>
          <Tbody>
            {points.map((point) => (
              <tr key={point.id}>
                <RowHead className="figures whitespace-nowrap">{time(point.completedAt ?? point.startedAt)}</RowHead>
                <Td>
                  {t(`label.${point.label}`)}
                  {point.ofMoment ? <span className="text-soft"> · {t('ofMoment')}</span> : null}
                  {point.inSecondPlace ? <span className="text-soft"> · {t('secondPlace')}</span> : null}
                  {point.note === null ? null : <span className="text-soft"> · {point.note}</span>}
                </Td>
                <Td className="min-w-52">
                  {t(`state.${point.state}`)}
                  {point.barredMs ? (
                    <span className="text-soft"> · {t('closedFor', { time: duration(point.barredMs, locale) })}</span>
                  ) : null}
                  {point.reason === null ? null : (
                    <span className="text-soft"> · {captureReasonWords(point.reason, locale)}</span>
                  )}
                </Td>
                <Td numeric>{count(point.rowCount)}</Td>
                <Td numeric>
                  {point.byteCount === null ? '–' : bytes(point.byteCount, locale)}
                  {point.files === null ? null : (
                    <span className="block whitespace-nowrap text-soft">
                      {t('withFiles', {
                        count: point.files.count,
                        shown: number(point.files.count, locale),
                        size: bytes(point.files.bytes, locale),
                      })}
                    </span>
                  )}
                </Td>
                <Td numeric>{count(point.changes?.missing)}</Td>
                <Td numeric>{count(point.changes?.newer)}</Td>
                <Td numeric>{count(point.changes?.changed)}</Td>
                <Td className="figures whitespace-nowrap">{time(point.heldUntil ?? point.keptUntil)}</Td>
                <Td className="figures whitespace-nowrap">{time(point.provenAt)}</Td>
              </tr>
            ))}
            {holes.map((hole) => (
              <tr key={hole.day}>
                <RowHead className="figures">{hole.day}</RowHead>
                <Td colSpan={9}>
                  {t('hole')}
                  <span className="text-soft"> · {captureReasonWords(hole.reason, locale)}</span>
                </Td>
              </tr>
            ))}
          </Tbody>
        </Table>
      </div>
    </details>
  )
}
