import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { cx } from './cx.ts'
import { type EntryBar, entryBars } from './entry-bars.ts'
import { number } from './format/numbers.ts'
import { absoluteTime, calendarDay } from './format/time.ts'
import { LossHead } from './loss-head.tsx'
import type { PreviewHeads } from './preview-heads.ts'
import { RowHead, Table, Tbody, Td } from './table.tsx'

const height = 56
const step = 10

/**
 * When the records were entered: what comes back grows up from the line, what is wiped hangs down from it, and the restore point stands
 * between what was before it and what came after. The table below says the same.
 */
export async function LossByHour({
  report,
  timeZone,
  heads,
}: {
  report: PreviewReport
  timeZone: string
  heads: PreviewHeads
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview'), getLocale()])
  const { before, unit, after, hours } = entryBars(report, timeZone)
  const bars = [...before, ...after]
  const most = Math.max(1, ...bars.flatMap(({ up, down }) => [up, down]))
  const width = Math.max(1, bars.length) * step
  const pointAt = before.length * step
  const time = (from: Date | string) => absoluteTime(new Date(from), { locale, timeZone })
  return (
    <section className="space-y-2">
      <h3 className="font-semibold">{t('byHour')}</h3>
      <div className="space-y-2 rounded-lg border border-line bg-surface p-4">
        <div className="figures flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft">
          <Key swatch="bg-good-fill" words={heads.comesBack} />
          <Key swatch="bg-danger" words={heads.wiped} />
          <span className="inline-flex items-center gap-1.5">
            <span aria-hidden="true" className="h-3 border-l-2 border-dashed border-ink" />
            {t('entered.point', { time: time(report.snapshotAt) })}
          </span>
          <span>{t('entered.most', { count: most, shown: number(most, locale) })}</span>
        </div>
        <svg
          viewBox={`0 0 ${width} ${height * 2}`}
          preserveAspectRatio="none"
          className="h-28 w-full"
          role="img"
          aria-label={t('byHourChart')}
        >
          {bars.map((bar, place) => (
            <g key={`${place < before.length ? 'before' : 'after'} ${bar.from.toISOString()}`}>
              <title>{`${time(bar.from)}: ${heads.comesBack} ${number(bar.up, locale)}, ${heads.wiped} ${number(bar.down, locale)}`}</title>
              <rect
                x={place * step + 1}
                width={step - 2}
                y={height - tall(bar.up, most)}
                height={tall(bar.up, most)}
                className="fill-good-fill"
              />
              <rect x={place * step + 1} width={step - 2} y={height + 1} height={tall(bar.down, most)} className="fill-danger" />
            </g>
          ))}
          <line
            x1={0}
            x2={width}
            y1={height}
            y2={height}
            className="stroke-control"
            strokeWidth={1}
            vectorEffect="non-scaling-stroke"
          />
          <line
            x1={pointAt}
            x2={pointAt}
            y1={0}
            y2={height * 2}
            className="stroke-ink"
            strokeWidth={2}
            strokeDasharray="4 3"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        <div className="flex flex-wrap justify-between gap-x-4 gap-y-1 text-xs text-soft">
          {before.length === 0 ? <span /> : <span>← {t('entered.before', { unit, from: dayOf(before, locale, timeZone) })}</span>}
          {after.length === 0 ? null : <span className="ml-auto">{t('entered.after', { hours })} →</span>}
        </div>
      </div>
      <details className="text-sm">
        <summary className="inline-flex min-h-8 items-center text-accent">{t('asTable')}</summary>
        <div className="mt-2 max-h-80 overflow-y-auto">
          <Table caption={t('byHour')} dense>
            <LossHead of={t('hour')} heads={heads} />
            <Tbody>
              {report.hours.map((hour) => (
                <tr key={hour.from}>
                  <RowHead className="figures whitespace-nowrap">{time(hour.from)}</RowHead>
                  <Td numeric>{number(hour.missing, locale)}</Td>
                  <Td numeric>{number(hour.newer, locale)}</Td>
                  <Td numeric>{number(hour.changed, locale)}</Td>
                </tr>
              ))}
            </Tbody>
          </Table>
        </div>
      </details>
    </section>
  )
}

const tall = (value: number, most: number): number => (value === 0 ? 0 : Math.max(2, (value / most) * (height - 2)))

const dayOf = ([first]: EntryBar[], locale: 'en' | 'pl', timeZone: string): string =>
  first === undefined ? '' : calendarDay(first.from, { locale, timeZone })

const Key = ({ swatch, words }: { swatch: string; words: string }): ReactNode => (
  <span className="inline-flex items-center gap-1.5">
    <span aria-hidden="true" className={cx('size-2.5 rounded-xs', swatch)} />
    {words}
  </span>
)
