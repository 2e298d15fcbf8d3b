import { getLocale, getTranslations } from 'next-intl/server'
import { type CSSProperties, Fragment, type ReactNode } from 'react'
import type { PreviewReport, Range, Tally } from '#lib/snapshots/preview-report.ts'
import { cx } from './cx.ts'
import { about, estimated, exactDecimal, number, rangeWords } from './format/numbers.ts'
import { LossHead } from './loss-head.tsx'
import type { PreviewHeads } from './preview-heads.ts'
import { RowHead, Table, Tbody, Td, Th } from './table.tsx'

/** What comes back and what goes, type by type, with bars that can be compared and sums where a column is money. */
export async function LossByTable({ report, heads }: { report: PreviewReport; heads: PreviewHeads }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview'), getLocale()])
  const most = mostOf(report.tables)
  const withMoney = report.tables.some(({ money }) => money !== null)
  return (
    <section className="space-y-2">
      <h3 className="font-semibold">{t('byType')}</h3>
      <Table caption={t('byType')}>
        <LossHead
          of={t('type')}
          heads={heads}
          more={
            withMoney ? (
              <Th numeric className="max-sm:hidden">
                {t('money')}
              </Th>
            ) : null
          }
        />
        <Tbody>
          {report.tables.map((table) => (
            <tr key={`${table.schema}.${table.table}`}>
              <RowHead>
                {table.name[locale]}
                {table.sampled === undefined ? null : (
                  <span className="figures block text-xs font-normal text-soft">
                    {t('sampled.looked', {
                      looked: number(table.sampled.rowsLookedAt, locale),
                      all: number(about(table.sampled.rowsInAll), locale),
                    })}
                  </span>
                )}
                {table.money === null ? null : (
                  <span className="figures block text-xs font-normal sm:hidden">
                    <Money money={table.money} />
                  </span>
                )}
              </RowHead>
              <Count value={table.missing} range={table.sampled?.missing} most={most} tone="good" />
              <Count value={table.newer} range={table.sampled?.newer} most={most} tone="danger" />
              <Count value={table.changed} range={table.sampled?.changed} most={most} tone="neutral" />
              {withMoney ? (
                <Td numeric className="max-sm:hidden">
                  {table.money === null ? null : <Money money={table.money} />}
                </Td>
              ) : null}
            </tr>
          ))}
        </Tbody>
      </Table>
    </section>
  )
}

/** One figure a currency, never a sum across them. On a phone they stand below the type's name: a column of their own would be pushed out of sight. */
async function Money({ money }: { money: NonNullable<PreviewReport['tables'][number]['money']> }): Promise<ReactNode> {
  const locale = await getLocale()
  const sums = money.byCurrency ?? [{ ...money, currency: null }]
  const figure = (amount: string, currency: string | null) =>
    [exactDecimal(amount, locale), currency].filter((part) => part !== null).join('\u00a0')
  return sums.map(({ comesBack, wiped, currency }) => (
    <Fragment key={currency ?? ''}>
      {isZero(comesBack) ? null : <span className="block text-good">+{figure(comesBack, currency)}</span>}
      {isZero(wiped) ? null : <span className="block text-danger">−{figure(wiped, currency)}</span>}
    </Fragment>
  ))
}

const isZero = (amount: string): boolean => /^0(\.0*)?$/.test(amount)

const peopleShown = 8

/** Whose work comes back and whose goes. The long tail is folded away. */
export async function LossByPerson({ report, heads }: { report: PreviewReport; heads: PreviewHeads }): Promise<ReactNode> {
  const t = await getTranslations('preview')
  const most = mostOf(report.people)
  const [first, rest] = [report.people.slice(0, peopleShown), report.people.slice(peopleShown)]
  const head = <LossHead of={t('person')} heads={heads} />
  const rows = (people: PreviewReport['people']) => (
    <Tbody>
      {people.map((person) => (
        <tr key={person.who}>
          <RowHead>{person.who}</RowHead>
          <Count value={person.missing} most={most} tone="good" />
          <Count value={person.newer} most={most} tone="danger" />
          <Count value={person.changed} most={most} tone="neutral" />
        </tr>
      ))}
    </Tbody>
  )
  return (
    <section className="space-y-2">
      <h3 className="font-semibold">{t('byPerson')}</h3>
      <Table caption={t('byPerson')}>
        {head}
        {rows(first)}
      </Table>
      {rest.length === 0 ? null : (
        <details className="text-sm">
          <summary className="inline-flex min-h-8 items-center text-accent">{t('morePeople', { count: rest.length })}</summary>
          <div className="mt-2">
            <Table caption={t('byPerson')}>
              {head}
              {rows(rest)}
            </Table>
          </div>
        </details>
      )}
    </section>
  )
}

const mostOf = (tallies: Tally[]): number =>
  Math.max(1, ...tallies.flatMap(({ missing, newer, changed }) => [missing, newer, changed]))

const fills = { good: 'bg-good-fill', danger: 'bg-danger', neutral: 'bg-control' } as const

/** Under 4 of the 72 px that the longest bar has. */
const leastShare = 4 / 72

/** All bars of a table are on one scale, whatever their column's width; one too short to be compared is not drawn. */
async function Count({
  value,
  range,
  most,
  tone,
}: {
  value: number
  range?: Range | undefined
  most: number
  tone: keyof typeof fills
}): Promise<ReactNode> {
  const locale = await getLocale()
  const style: CSSProperties & { '--share': number } = { '--share': value / most }
  return (
    <Td numeric className="min-w-14 sm:min-w-26">
      <span className={(range?.atMost ?? value) === 0 ? 'text-faint' : ''}>{estimated(value, range?.atMost, locale)}</span>
      {range === undefined || value === 0 ? null : <span className="block text-xs text-soft">{rangeWords(range, locale)}</span>}
      <span aria-hidden="true" className="mt-0.5 flex h-1 justify-end">
        {value / most < leastShare ? null : (
          <span
            className={cx('w-[calc(var(--share)*2.5rem)] rounded-full sm:w-[calc(var(--share)*4.5rem)]', fills[tone])}
            style={style}
          />
        )}
      </span>
    </Td>
  )
}
