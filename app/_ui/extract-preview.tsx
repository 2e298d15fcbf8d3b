import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'
import { absoluteTime } from './format/time.ts'
import { Stat, Stats } from './stat.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from './table.tsx'
import { Withheld } from './withheld.tsx'

/** What the files of an extract hold, type by type. The portal is not compared: nothing in it changes. */
export async function ExtractPreview({ report, timeZone }: { report: PreviewReport; timeZone: string }): Promise<ReactNode> {
  const [t, preview, locale] = await Promise.all([getTranslations('extract'), getTranslations('preview'), getLocale()])
  return (
    <>
      <Stats columns={3}>
        <Stat label={t('records')} value={number(report.totals.comesBack, locale)} note={t('recordsNote')} tone="good" />
        <Stat label={t('types')} value={number(report.tables.length, locale)} note={t('typesNote')} />
        <Stat label={t('touched')} value={number(0, locale)} note={t('touchedNote')} />
      </Stats>
      <p className="figures text-sm text-soft">
        {t('asOf', { time: absoluteTime(new Date(report.snapshotAt), { locale, timeZone }) })}
      </p>
      <section className="space-y-2">
        <h3 className="font-semibold">{preview('byType')}</h3>
        <Table caption={preview('byType')}>
          <Thead>
            <tr>
              <Th>{preview('type')}</Th>
              <Th numeric>{t('records')}</Th>
            </tr>
          </Thead>
          <Tbody>
            {report.tables.map(({ schema, table, name, missing }) => (
              <tr key={`${schema}.${table}`}>
                <RowHead>{name[locale]}</RowHead>
                <Td numeric>{number(missing, locale)}</Td>
              </tr>
            ))}
          </Tbody>
        </Table>
      </section>
      <Withheld parts={report.withheld} />
    </>
  )
}
