import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewNotice, PreviewReport } from '#lib/snapshots/preview-report.ts'
import { Callout } from './callout.tsx'
import { EmptyState } from './empty-state.tsx'
import { number } from './format/numbers.ts'
import { absoluteTime, duration } from './format/time.ts'
import { LossByHour } from './loss-by-hour.tsx'
import { LossByPerson, LossByTable } from './loss-tables.tsx'
import { SearchableNames } from './searchable-names.tsx'
import { Stat, Stats } from './stat.tsx'

/**
 * What a restore brings back and what it wipes: four big numbers, then by type, person and hour, then the records by name, to search.
 * `masked` is for the desk: how many and of what, never whose or which (S84).
 */
export async function LossPreview({
  report,
  timeZone,
  masked = false,
  purpose = 'restore',
}: {
  report: PreviewReport
  timeZone: string
  masked?: boolean
  purpose?: 'restore' | 'undo'
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview'), getLocale()])
  const { totals } = report
  const count = (value: number) => number(value, locale)
  if (differsInNothing(report)) return <EmptyState title={t('nothing')}>{t('nothingWhy')}</EmptyState>
  const names = report.examples.map((example) => ({
    kind: example.kind,
    title: example.title ?? Object.values(example.key ?? {}).join(' '),
    type:
      report.tables.find(({ schema, table }) => schema === example.schema && table === example.table)?.name[locale] ??
      example.table,
    facts: [example.who, example.when === null ? null : whenWords(example.when, locale, timeZone)]
      .filter((fact) => fact !== null)
      .join(' · '),
  }))
  return (
    <div className="space-y-6">
      <Stats>
        <Stat label={t('comesBack')} value={count(totals.comesBack)} note={t('comesBackNote')} tone="good" />
        <Stat
          label={t('wiped')}
          value={count(totals.wiped)}
          note={purpose === 'undo' ? t('wipedByUndoNote') : t('wipedNote')}
          tone={totals.wiped > 0 ? 'danger' : 'neutral'}
        />
        <Stat
          label={t('changed')}
          value={count(totals.changed)}
          note={purpose === 'undo' ? t('changedByUndoNote') : t('changedNote')}
        />
        <Stat label={t('users')} value={count(totals.usersAffected)} note={t('usersNote')} />
      </Stats>
      <p className="figures text-sm text-soft">
        {t('compared', {
          snapshot: absoluteTime(new Date(report.snapshotAt), { locale, timeZone }),
          live: absoluteTime(new Date(report.comparedAt), { locale, timeZone }),
          took: duration(report.durationMs, locale),
        })}
      </p>
      <Notices report={report} />
      <LossByTable report={report} />
      {masked ? <p className="text-sm text-soft">{t('masked')}</p> : null}
      {masked || report.people.length === 0 ? null : <LossByPerson report={report} />}
      {report.hours.length > 1 ? <LossByHour report={report} timeZone={timeZone} /> : null}
      {masked || names.length === 0 ? null : (
        <SearchableNames
          names={names}
          words={{
            title: t('names.title'),
            search: t('names.search'),
            none: t('names.none'),
            more: t('names.more'),
            cut: report.examplesCut ? t('names.cut') : null,
            kinds: { missing: t('kind.missing'), newer: t('kind.newer'), changed: t('kind.changed') },
          }}
        />
      )}
    </div>
  )
}

/** No row and no structure differs: then there is nothing to restore. */
export function differsInNothing({ totals, structure }: PreviewReport): boolean {
  return totals.comesBack + totals.wiped + totals.changed === 0 && structure.length === 0
}

async function Notices({ report }: { report: PreviewReport }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview'), getLocale()])
  const words = ({ code, facts }: PreviewNotice): string => {
    switch (code) {
      case 'write_pause':
      case 'offline':
      case 'pause_above_limit':
        return t(`notice.${code}`, {
          time: duration(Number(facts.ms ?? 0), locale),
          limit: duration(Number(facts.limitMs ?? 0), locale),
        })
      case 'swap_proposed':
        return t('notice.swap_proposed')
      case 'edges':
        return t('notice.edges', { count: Number(facts.rows ?? 0) })
      case 'adapter_note':
        return String(facts.words ?? '')
    }
  }
  const lines = report.notices.map(words).filter((line) => line !== '')
  if (lines.length === 0 && report.structure.length === 0) return null
  return (
    <Callout title={t('notice.title')}>
      <ul className="list-disc space-y-1 pl-5">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
        {report.structure.length === 0 ? null : (
          <li>
            {t('notice.structure')}
            <ul className="list-[circle] pl-5 text-soft">
              {report.structure.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </li>
        )}
      </ul>
    </Callout>
  )
}

/** `when` is what the portal's own column says: an instant where it can be read as one, else its text. */
function whenWords(when: string, locale: 'en' | 'pl', timeZone: string): string {
  const at = new Date(when)
  return Number.isNaN(at.getTime()) ? when : absoluteTime(at, { locale, timeZone })
}
