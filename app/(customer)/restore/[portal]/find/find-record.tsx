import Search from 'lucide-react/icons/search'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { PollRefresh } from '#app/_ticket/poll-refresh.tsx'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EmptyState } from '#app/_ui/empty-state.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field } from '#app/_ui/field.tsx'
import { absoluteTime, duration, shortTime } from '#app/_ui/format/time.ts'
import { Skeleton } from '#app/_ui/skeleton.tsx'
import { isWhole, type Scope, type WholeScope } from '#lib/domain/policy/policy.ts'
import type { SearchReport } from '#lib/snapshots/search-report.ts'
import type { AskedSearch } from '#lib/tickets/read-asked-search.ts'
import { findRecord } from './find-actions.ts'
import { FoundRecords } from './found-records.tsx'
import { givenBackBy } from './suggest-point.ts'
import { tellRecord } from './tell-record.ts'

type Props = {
  portal: { id: string; externalId: string; timeZone: string }
  search: AskedSearch | null
  /** How far this reader may look, said before they ask. */
  scope: WholeScope
  /** What may be asked for here. */
  offered: Scope[]
  /** Points that can be chosen now; one may have been removed since the search. */
  usable: string[]
  ticked: number[]
  chosen: string | null
}

/** "Find my record": words, then which records have them, where each still is, and the restore point that has all that is ticked. */
export async function FindRecord({ portal, search, scope, offered, usable, ticked, chosen }: Props): Promise<ReactNode> {
  const t = await getTranslations('findRecord')
  return (
    <Card title={t('title')} aside={t('aside')} id="find">
      <ActionForm
        action={findRecord}
        label={t('title')}
        hidden={{ portal: portal.externalId, portalId: portal.id, searchId: search?.id ?? '' }}
      >
        <div className="grid items-end gap-3 sm:grid-cols-[1fr_auto]">
          <Field
            key={search?.id ?? ''}
            name="words"
            type="search"
            label={t('words')}
            hint={t(`hint.${scope}`)}
            maxLength={200}
            autoComplete="off"
            defaultValue={search?.words ?? ''}
          />
          <EventButton event="FIND_RECORD" variant="quiet" icon={<Search aria-hidden="true" />}>
            {t('find')}
          </EventButton>
        </div>
        <div aria-live="polite" className="not-empty:mt-5">
          <Answer {...{ search, offered, usable, ticked, chosen }} timeZone={portal.timeZone} />
        </div>
      </ActionForm>
    </Card>
  )
}

type AnswerProps = Pick<Props, 'search' | 'offered' | 'usable' | 'ticked' | 'chosen'> & { timeZone: string }

async function Answer({ search, timeZone, ...rest }: AnswerProps): Promise<ReactNode> {
  const t = await getTranslations('findRecord')
  switch (search?.state) {
    case undefined:
      return null
    case 'searching':
      return (
        <div className="space-y-3" data-search="searching">
          <output className="block">{t('searching')}</output>
          <Skeleton className="h-32" />
          <PollRefresh everyMs={1000} />
        </div>
      )
    case 'failed':
      return (
        <Callout tone="danger" title={t('failed')}>
          {t('failedWhy')}
        </Callout>
      )
    case 'ready':
      return (
        <div className="space-y-4" data-search="ready">
          {search.report.records.length === 0 ? (
            <NoneFound report={search.report} timeZone={timeZone} />
          ) : (
            <Records report={search.report} timeZone={timeZone} {...rest} />
          )}
          <Unread report={search.report} timeZone={timeZone} />
          <LeftOut report={search.report} />
        </div>
      )
  }
}

/** S36: gone is said, with what may still help. */
async function NoneFound({ report, timeZone }: { report: SearchReport; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('findRecord'), getLocale()])
  const oldest = report.points.at(-1)
  return (
    <EmptyState title={t('none')}>
      <p>{t('noneWhy')}</p>
      {oldest ? (
        <p className="mt-2">{t('noneOlder', { time: absoluteTime(new Date(oldest.at), { locale, timeZone }) })}</p>
      ) : null}
      <p className="mt-2">{t('noneHelps')}</p>
    </EmptyState>
  )
}

type RecordsProps = Pick<Props, 'offered' | 'usable' | 'ticked' | 'chosen'> & { report: SearchReport; timeZone: string }

async function Records({ report, offered, usable, ticked, chosen, timeZone }: RecordsProps): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('findRecord'), getLocale()])
  const reader = { locale, timeZone }
  const points = report.points
    .filter(({ id }) => usable.includes(id))
    .map(({ id, at }) => ({ id, time: absoluteTime(new Date(at), reader), short: shortTime(new Date(at), reader) }))
  const ids = points.map(({ id }) => id)
  const mark = { present: t('mark.present'), absent: t('mark.absent'), unknown: t('mark.unknown') }
  const inBin = report.records.filter((record) => record.inBin !== null).length
  return (
    <>
      {inBin === 0 ? null : (
        <Callout tone="accent" title={t('bin.title', { count: inBin })}>
          {t('bin.why')}
        </Callout>
      )}
      <FoundRecords
        // What is ticked belongs to one answer.
        key={`${report.searchedAt}${ticked.join(' ')}`}
        records={report.records.map((record) => tellRecord(record, points, { t, mark, ...reader }))}
        points={points}
        ticked={ticked}
        chosen={chosen}
        ways={{ putBack: offered.includes('put_back'), extract: offered.includes('extract'), whole: offered.some(isWhole) }}
        words={{
          caption: t('caption'),
          record: t('column.record'),
          kind: t('column.kind'),
          points: t('column.points'),
          since: t('column.since'),
          who: t('column.who'),
          title: t('suggest.title'),
          tick: t('suggest.tick'),
          // Told once it is known which.
          all: t('suggest.all', { point: '{point}' }),
          some: t('suggest.some', { point: '{point}', has: '{has}', all: '{all}' }),
          none: t('suggest.none'),
          binned: t('bin.suggest'),
          crm: t('suggest.crm'),
          full: t('suggest.full'),
          kept: t('kept', { count: report.records.filter((record) => givenBackBy(record, ids).length === 0).length }),
          choose: t('choose'),
          putBack: t('putBack'),
          putBackWhy: t('putBackWhy'),
          putBackNot: t('putBackNot'),
          extract: t('extract'),
          extractWhy: t('extractWhy'),
          chosen: t('chosen', { point: '{point}' }),
        }}
      />
      <p className="figures text-sm text-soft">
        {t('found', { count: report.records.length, time: duration(report.durationMs, locale) })}
        {report.truncated ? <> · {t('truncated')}</> : null}
      </p>
    </>
  )
}

async function Unread({ report, timeZone }: { report: SearchReport; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('findRecord'), getLocale()])
  const told = report.unread.flatMap(({ id, why }) => {
    const point = report.points.find((one) => one.id === id)
    return point ? [{ id, why, time: absoluteTime(new Date(point.at), { locale, timeZone }) }] : []
  })
  if (told.length === 0) return null
  return (
    <ul className="text-sm text-soft">
      {told.map(({ id, why, time }) => (
        <li key={id}>{t('unread', { time, why: t(`unreadWhy.${why}`) })}</li>
      ))}
    </ul>
  )
}

async function LeftOut({ report: { leftOut } }: { report: SearchReport }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('findRecord'), getLocale()])
  if (leftOut.length === 0) return null
  const tables = leftOut.map(({ name, why }) => `${name[locale]} (${t(`why.${why}`)})`).join(', ')
  return <p className="text-sm text-soft">{t('leftOut', { tables })}</p>
}
