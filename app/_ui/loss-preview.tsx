import Flag from 'lucide-react/icons/flag'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PreviewReport, Range } from '#lib/snapshots/preview-report.ts'
import { Callout } from './callout.tsx'
import { ComesBackPaused } from './comes-back-paused.tsx'
import { EmptyState } from './empty-state.tsx'
import { ExtractPreview } from './extract-preview.tsx'
import { FilesPreview } from './files-preview.tsx'
import { lossFigures } from './format/loss-figures.ts'
import { number, rangeWords } from './format/numbers.ts'
import { absoluteTime, duration } from './format/time.ts'
import { KeptToday } from './kept-today.tsx'
import { LossByHour } from './loss-by-hour.tsx'
import { LossMeaning } from './loss-meaning.tsx'
import { LossByPerson, LossByTable } from './loss-tables.tsx'
import { type PreviewTense, previewHeads } from './preview-heads.ts'
import { NoticeList, noticeLines } from './preview-notices.tsx'
import { PutBackByTable, PutBackPreview } from './put-back-preview.tsx'
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
  tense = 'asked',
  notices = true,
}: {
  report: PreviewReport
  timeZone: string
  masked?: boolean
  purpose?: 'restore' | 'undo'
  tense?: PreviewTense
  /** False where the page says them among its own flags. */
  notices?: boolean
}): Promise<ReactNode> {
  const [t, locale, heads] = await Promise.all([getTranslations('preview'), getLocale(), previewHeads(tense)])
  const { totals, putBack, sampled } = report
  const figures = lossFigures(report, locale)
  const count = (value: number) => number(value, locale)
  const kind = previewKind(report)
  if (differsInNothing(report))
    return (
      <div className="space-y-6">
        {putBack === undefined ? null : <PutBackPreview {...{ report, putBack, purpose, masked }} />}
        <EmptyState title={t(kind === 'whole' ? 'nothing' : `${kind}.nothing`)}>
          {t(kind === 'whole' ? 'nothingWhy' : `${kind}.nothingWhy`)}
        </EmptyState>
        <FilesPreview {...{ files: report.files, heads, tense, purpose, timeZone, masked }} />
        <KeptToday kept={report.kept} tense={tense} />
      </div>
    )
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
      {kind === 'extract' ? <ExtractPreview report={report} timeZone={timeZone} /> : null}
      {putBack === undefined ? null : <PutBackPreview {...{ report, putBack, purpose, masked }} />}
      {kind === 'whole' ? (
        <Stats>
          <Stat
            label={heads.comesBack}
            value={figures.comesBack}
            note={<Noted note={tense === 'done' ? null : t('comesBackNote')} range={sampled?.missing} />}
            tone="good"
          />
          <Stat
            label={heads.wiped}
            value={figures.wiped}
            note={<Noted note={purpose === 'undo' ? t('wipedByUndoNote') : t('wipedNote')} range={sampled?.newer} />}
            tone={(sampled?.newer.atMost ?? totals.wiped) > 0 ? 'danger' : 'neutral'}
          />
          <Stat
            label={heads.changed}
            value={figures.changed}
            note={<Noted note={purpose === 'undo' ? t('changedByUndoNote') : t('changedNote')} range={sampled?.changed} />}
          />
          <Stat label={t('users')} value={count(totals.usersAffected)} note={t('usersNote')} />
        </Stats>
      ) : null}
      {kind === 'extract' ? null : (
        <p className="figures text-sm text-soft">
          {t('compared', {
            snapshot: absoluteTime(new Date(report.snapshotAt), { locale, timeZone }),
            live: absoluteTime(new Date(report.comparedAt), { locale, timeZone }),
            took: duration(report.durationMs, locale),
            method: sampled === undefined ? report.method : 'sampled',
          })}
        </p>
      )}
      <Sampled report={report} />
      {notices && tense === 'asked' ? <Notices report={report} /> : null}
      {kind === 'whole' ? <LossMeaning meaning={report.meaning} tense={tense} /> : null}
      {kind === 'whole' && report.tables.length > 0 ? <LossByTable report={report} heads={heads} /> : null}
      <FilesPreview {...{ files: report.files, heads, tense, purpose, timeZone, masked }} />
      <KeptToday kept={report.kept} tense={tense} />
      <ComesBackPaused paused={report.paused} tense={tense} />
      {putBack === undefined ? null : <PutBackByTable {...{ report, putBack, purpose }} />}
      {masked ? <p className="text-sm text-soft">{t('masked')}</p> : null}
      {sampled === undefined || (report.people.length === 0 && report.hours.length < 2) ? null : (
        <p className="text-sm text-soft">{t('sampled.exactOnly')}</p>
      )}
      {masked || report.people.length === 0 || kind !== 'whole' ? null : <LossByPerson report={report} heads={heads} />}
      {report.hours.length > 1 && kind === 'whole' ? <LossByHour report={report} timeZone={timeZone} heads={heads} /> : null}
      {masked || names.length === 0 ? null : (
        <SearchableNames
          names={names}
          words={{
            title: t('names.title'),
            search: t('names.search'),
            none: t('names.none'),
            more: t('names.more'),
            cut: report.examplesCut ? t('names.cut') : null,
            kinds:
              kind === 'extract'
                ? { missing: t('extract.kind'), newer: t('extract.kind'), changed: t('extract.kind') }
                : tense === 'asked'
                  ? { missing: t('kind.missing'), newer: t('kind.newer'), changed: t('kind.changed') }
                  : { missing: heads.comesBack, newer: heads.wiped, changed: heads.changed },
          }}
        />
      )}
    </div>
  )
}

/** What a preview speaks of: a scope that goes back whole, chosen records that come back (or go again), files. */
function previewKind({ way, putBack }: PreviewReport): 'whole' | 'putBack' | 'extract' {
  if (way === 'files') return 'extract'
  return putBack === undefined ? 'whole' : 'putBack'
}

/** No row, no file and no structure differs: then there is nothing to restore. */
export function differsInNothing({ totals, structure, sampled, files }: PreviewReport): boolean {
  if (typeof files === 'object' && files.missing + files.newer + files.changed > 0) return false
  // A sample that met nothing has not shown that there is nothing.
  return sampled === undefined && totals.comesBack + totals.wiped + totals.changed === 0 && structure.length === 0
}

/** What a number counts, and the range in which it lies where it was estimated. */
async function Noted({ note, range }: { note: string | null; range: Range | undefined }): Promise<ReactNode> {
  const locale = await getLocale()
  if (range === undefined || range.atLeast === range.atMost) return note
  return (
    <>
      <span className="figures block">{rangeWords(range, locale)}</span>
      {note}
    </>
  )
}

/** S38: which figures are estimates, what they are worth, what is not known, and what the restore itself will do. */
async function Sampled({ report: { sampled, tables } }: { report: PreviewReport }): Promise<ReactNode> {
  const t = await getTranslations('preview.sampled')
  if (sampled === undefined) return null
  const count = tables.filter((table) => table.sampled !== undefined).length
  return (
    <div data-sampled={count}>
      <Callout tone="warn" title={t('title')}>
        <p>{t('why', { count })}</p>
        <p>{t('unknown', { links: sampled.linksUnknown ? 'yes' : 'no' })}</p>
        <p>{t('atRestore')}</p>
      </Callout>
    </div>
  )
}

async function Notices({ report }: { report: PreviewReport }): Promise<ReactNode> {
  const [t, lines] = await Promise.all([getTranslations('preview'), noticeLines(report)])
  if (lines.length === 0) return null
  return (
    <Callout title={t('notice.title')} icon={<Flag aria-hidden="true" />}>
      <NoticeList lines={lines} />
    </Callout>
  )
}

/** `when` is what the portal's own column says: an instant where it can be read as one, else its text. */
function whenWords(when: string, locale: 'en' | 'pl', timeZone: string): string {
  const at = new Date(when)
  return Number.isNaN(at.getTime()) ? when : absoluteTime(at, { locale, timeZone })
}
