import TriangleAlert from 'lucide-react/icons/triangle-alert'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewReport, PutBackReport } from '#lib/snapshots/preview-report.ts'
import { Callout } from './callout.tsx'
import { number } from './format/numbers.ts'
import { Stat, Stats } from './stat.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from './table.tsx'

type Props = { report: PreviewReport; putBack: PutBackReport; purpose: 'restore' | 'undo'; masked: boolean }

/** What only a put-back tells: what is in its way, first; then which records come back, or are taken out again, and why. */
export async function PutBackPreview({ report, putBack, purpose, masked }: Props): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('putBack'), getLocale()])
  const count = (value: number) => number(value, locale)
  const leftOut = putBack.leftOut.reduce((sum, { rows }) => sum + rows, 0)
  const sumOf = (part: 'chosen' | 'children' | 'parents') => putBack.returning.reduce((sum, table) => sum + table[part], 0)
  return (
    <>
      <Conflicts putBack={putBack} purpose={purpose} masked={masked} />
      {purpose === 'undo' ? (
        <Stats columns={2}>
          <Stat label={t('goes')} value={count(report.totals.wiped)} note={t('goesNote')} tone="danger" />
          <Stat label={t('stays')} value={count(leftOut)} note={t('staysNote')} />
        </Stats>
      ) : (
        <Stats>
          <Stat label={t('back')} value={count(report.totals.comesBack)} note={t('backNote')} tone="good" />
          <Stat label={t('chosen')} value={count(sumOf('chosen'))} />
          <Stat label={t('with')} value={count(sumOf('children') + sumOf('parents'))} note={t('withNote')} />
          <Stat label={t('touched')} value={count(0)} note={t('touchedNote')} />
        </Stats>
      )}
      {putBack.notMissing === 0 ? null : <p className="text-soft">{t('notMissing', { count: putBack.notMissing })}</p>}
    </>
  )
}

/** Listed before everything else and never guessed: what does not come back (or go), and why (S72). */
async function Conflicts({ putBack, purpose, masked }: Omit<Props, 'report'>): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('putBack'), getLocale()])
  const { conflicts, leftOut, conflictsCut } = putBack
  if (conflicts.length === 0) return null
  const named = ({ name, title }: PutBackReport['conflicts'][number]['record']) =>
    masked ? name[locale] : `${name[locale]} ${locale === 'pl' ? '„' : '“'}${title}”`
  return (
    <Callout
      tone="warn"
      title={t(purpose === 'undo' ? 'conflicts.undoTitle' : 'conflicts.title', { count: conflicts.length })}
      icon={<TriangleAlert aria-hidden="true" />}
    >
      <ul className="list-disc space-y-1 pl-5" data-conflicts={conflicts.length}>
        {conflicts.map(({ kind, record, constraint, inTheWay }) => (
          <li key={`${kind}${record.name.en}${record.title}${constraint}`}>
            <span className="font-medium">{named(record)}</span>: {t(`conflict.${kind}`)}
            {inTheWay === null ? null : <> {t('conflict.by', { record: named(inTheWay) })}</>}
          </li>
        ))}
      </ul>
      {conflictsCut ? <p className="mt-2">{t('conflicts.cut')}</p> : null}
      <p className="mt-2">
        {t(purpose === 'undo' ? 'conflicts.undoOut' : 'conflicts.out', {
          list: leftOut.map(({ name, rows }) => `${name[locale]} ${number(rows, locale)}`).join(', '),
        })}
      </p>
    </Callout>
  )
}

/** Type by type: what was asked for, what belongs to it, and what it needs. */
export async function PutBackByTable({ report, putBack, purpose }: Omit<Props, 'masked'>): Promise<ReactNode> {
  const [t, preview, locale] = await Promise.all([getTranslations('putBack'), getTranslations('preview'), getLocale()])
  const count = (value: number) => (value === 0 ? <span className="text-faint">0</span> : number(value, locale))
  const why = (schema: string, table: string) => putBack.returning.find((one) => one.schema === schema && one.table === table)
  const undo = purpose === 'undo'
  return (
    <section className="space-y-2">
      <h3 className="font-semibold">{preview('byType')}</h3>
      <Table caption={preview('byType')}>
        <Thead>
          <tr>
            <Th>{preview('type')}</Th>
            <Th numeric>{undo ? t('goes') : t('back')}</Th>
            {undo ? null : (
              <>
                <Th numeric>{t('chosen')}</Th>
                <Th numeric>{t('children')}</Th>
                {putBack.parents.length === 0 ? null : <Th numeric>{t('parents')}</Th>}
              </>
            )}
          </tr>
        </Thead>
        <Tbody>
          {report.tables.map(({ schema, table, name, missing, newer }) => {
            const because = why(schema, table)
            return (
              <tr key={`${schema}.${table}`} data-returning={`${schema}.${table}`}>
                <RowHead>{name[locale]}</RowHead>
                <Td numeric className={undo ? 'text-danger' : 'text-good'}>
                  {count(undo ? newer : missing)}
                </Td>
                {undo ? null : (
                  <>
                    <Td numeric>{count(because?.chosen ?? 0)}</Td>
                    <Td numeric>{count(because?.children ?? 0)}</Td>
                    {putBack.parents.length === 0 ? null : <Td numeric>{count(because?.parents ?? 0)}</Td>}
                  </>
                )}
              </tr>
            )
          })}
        </Tbody>
      </Table>
      {putBack.parents.length === 0 || undo ? null : <p className="text-sm text-soft">{t('parentsWhy')}</p>}
    </section>
  )
}
