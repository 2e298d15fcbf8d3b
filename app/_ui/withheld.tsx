import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { Callout } from './callout.tsx'

type Parts = NonNullable<PreviewReport['withheld']>

/** What is never written to files, and why: whole tables and columns. Nothing where nothing is left out so. */
export async function Withheld({ parts }: { parts: Parts | undefined }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('extract.withheld'), getLocale()])
  if (parts === undefined || parts.length === 0) return null
  const lines = parts.map(({ name, columns }) => ({
    table: name[locale],
    left: columns === null ? t('whole') : columns.map((column) => column[locale]).join(', '),
  }))
  return (
    <Callout tone="neutral" title={t('title')}>
      <p>{t('why')}</p>
      <ul className="mt-1 list-disc pl-5" data-withheld={lines.length}>
        {lines.map(({ table, left }) => (
          <li key={`${table}: ${left}`}>{t('line', { table, left })}</li>
        ))}
      </ul>
    </Callout>
  )
}
