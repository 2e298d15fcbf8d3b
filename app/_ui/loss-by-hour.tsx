import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'
import { absoluteTime } from './format/time.ts'
import { RowHead, Table, Tbody, Td, Th, Thead } from './table.tsx'

const barsAtMost = 48
const height = 56

/** When the records were entered: what comes back grows up from the line, what is wiped hangs down from it. The table below says the same. */
export async function LossByHour({ report, timeZone }: { report: PreviewReport; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview'), getLocale()])
  const bars = gather(report.hours)
  const most = Math.max(1, ...bars.flatMap(({ up, down }) => [up, down]))
  const first = bars[0]
  const last = bars.at(-1)
  const time = (from: string) => absoluteTime(new Date(from), { locale, timeZone })
  return (
    <section className="space-y-2">
      <h3 className="font-semibold">{t('byHour')}</h3>
      <div className="rounded-lg border border-line bg-surface p-4">
        <svg
          viewBox={`0 0 ${bars.length * 10} ${height * 2}`}
          preserveAspectRatio="none"
          className="h-28 w-full"
          role="img"
          aria-label={t('byHourChart')}
        >
          {bars.map((bar, place) => (
            <g key={bar.from}>
              <title>{`${time(bar.from)}: ${t('comesBack')} ${number(bar.up, locale)}, ${t('wiped')} ${number(bar.down, locale)}`}</title>
              <rect
                x={place * 10 + 1}
                width={8}
                y={height - tall(bar.up, most)}
                height={tall(bar.up, most)}
                className="fill-good-fill"
              />
              <rect x={place * 10 + 1} width={8} y={height + 1} height={tall(bar.down, most)} className="fill-danger" />
            </g>
          ))}
          <line
            x1={0}
            x2={bars.length * 10}
            y1={height}
            y2={height}
            className="stroke-control"
            strokeWidth={1}
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        <div className="figures mt-1 flex justify-between gap-4 text-xs text-soft">
          <span>{first ? time(first.from) : ''}</span>
          <span className="text-right">{last ? time(last.from) : ''}</span>
        </div>
      </div>
      <details className="text-sm">
        <summary className="inline-flex min-h-8 items-center text-accent">{t('asTable')}</summary>
        <div className="mt-2 max-h-80 overflow-y-auto">
          <Table caption={t('byHour')} dense>
            <Thead>
              <tr>
                <Th>{t('hour')}</Th>
                <Th numeric>{t('comesBack')}</Th>
                <Th numeric>{t('wiped')}</Th>
                <Th numeric>{t('changed')}</Th>
              </tr>
            </Thead>
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

/** So many hours that bars would be hairs are gathered into neighbours. */
function gather(hours: PreviewReport['hours']): { from: string; up: number; down: number }[] {
  const together = Math.ceil(hours.length / barsAtMost)
  return Array.from({ length: Math.ceil(hours.length / together) }, (_, place) => {
    const some = hours.slice(place * together, (place + 1) * together)
    return {
      from: some[0]?.from ?? '',
      up: some.reduce((sum, { missing }) => sum + missing, 0),
      down: some.reduce((sum, { newer }) => sum + newer, 0),
    }
  })
}
