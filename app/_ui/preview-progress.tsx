import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewProgress } from '#lib/snapshots/preview-progress.ts'
import { estimated, number, percent } from './format/numbers.ts'
import { LossHead } from './loss-head.tsx'
import { previewHeads } from './preview-heads.ts'
import { Skeleton } from './skeleton.tsx'
import { RowHead, Table, Tbody, Td } from './table.tsx'

/** Lines that have their place from the beginning, so that the page does not jump while they fill. */
const linesKept = 5

/**
 * A comparison on its way: how far it is, what is compared now, and what is known already. Read aloud a quarter at a time: a voice that follows every
 * table could not be listened to.
 */
export async function PreviewProgressBar({ progress }: { progress: PreviewProgress | null }): Promise<ReactNode> {
  const [t, locale, heads] = await Promise.all([getTranslations('asked'), getLocale(), previewHeads('asked')])
  const known = progress !== null && progress.total > 0 ? progress : null
  const share = known === null ? null : known.rowsInAll > 0 ? known.rows / known.rowsInAll : known.done / known.total
  const lines = known?.tables ?? []
  return (
    <>
      <output className="block">
        {t('computing')}
        <span className="sr-only"> {share === null ? '' : percent(Math.floor(share * 4) / 4, locale)}</span>
      </output>
      <div className="space-y-1.5">
        <div className="figures flex min-h-6 flex-wrap justify-between gap-x-4 text-sm">
          <span>{known === null ? t('beginning') : t('tables', { done: known.done, total: known.total })}</span>
          <span className="text-soft">
            {known === null || known.rowsInAll === 0
              ? ''
              : t('rows', { done: number(known.rows, locale), total: number(known.rowsInAll, locale) })}
          </span>
        </div>
        <progress className="sr-only" max={1} aria-label={t('progress')} {...(share === null ? {} : { value: share })} />
        <div aria-hidden="true" className="h-2 overflow-hidden rounded-full bg-hover">
          <div
            className="h-full origin-left rounded-full bg-run-fill transition-[width]"
            style={{ width: `${(share ?? 0) * 100}%` }}
          />
        </div>
        <p className="min-h-5 truncate text-sm text-soft">
          {known === null ? '' : known.comparing === null ? t('counting') : t('now', { name: known.comparing.name[locale] })}
        </p>
      </div>
      <Table caption={t('soFar')}>
        <LossHead of={t('type')} heads={heads} />
        <Tbody>
          {lines.map((line) => (
            <tr key={`${line.schema}.${line.table}`}>
              <RowHead>{line.name[locale]}</RowHead>
              {kinds.map((kind) => (
                <Td key={kind} numeric>
                  {estimated(line[kind], line.sampled?.[kind], locale)}
                </Td>
              ))}
            </tr>
          ))}
        </Tbody>
      </Table>
      <div aria-hidden="true">
        {places.slice(lines.length).map((place) => (
          <div key={place} className="flex h-11 items-center">
            <Skeleton className="h-5 w-full" />
          </div>
        ))}
      </div>
      {known?.tablesCut ? <p className="text-sm text-soft">{t('tablesCut')}</p> : null}
    </>
  )
}

const kinds = ['missing', 'newer', 'changed'] as const
const places = Array.from({ length: linesKept }, (_, index) => `place-${index}`)
