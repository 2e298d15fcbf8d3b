import type { getTranslations } from 'next-intl/server'
import { shortTime } from '#app/_ui/format/time.ts'
import type { Locale } from '#lib/domain/actor.ts'
import type { SearchedRecord } from '#lib/snapshots/search-report.ts'
import type { ToldRecord } from './found-records.tsx'
import { givenBackBy, vanishedBetween } from './suggest-point.ts'

type Point = { id: string; time: string; short: string }
type Telling = {
  t: Awaited<ReturnType<typeof getTranslations<'findRecord'>>>
  mark: Record<'present' | 'absent' | 'unknown', string>
  locale: Locale
  timeZone: string
}

/** One found record in the reader's words. `points` are the newest first; the marks are read from the left, so the oldest is first there. */
export function tellRecord(record: SearchedRecord, points: Point[], telling: Telling): ToldRecord {
  const { t, mark, locale } = telling
  const ids = points.map(({ id }) => id)
  const title = record.title ?? Object.values(record.key).join(' ')
  const states = points.toReversed().map(({ id, time }) => ({ at: time, state: stateIn(record, id) }))
  const all = [...states, { at: t('now'), state: stateNow(record) }]
  return {
    title,
    tick: t('tick', { record: title }),
    kind: record.name[locale],
    marks: all.map(({ at, state }) => ({ state, words: `${at}: ${mark[state]}` })),
    since: sinceWords(record, points, telling),
    who: whoWords(record, telling),
    live: record.live,
    presentIn: record.presentIn,
    changedSince: record.changedSince,
    inCrm: record.inCrm,
    inBin: record.inBin !== null,
    canComeBack: givenBackBy(record, ids).length > 0,
  }
}

function stateNow({ live }: SearchedRecord): 'present' | 'absent' | 'unknown' {
  if (live === null) return 'unknown'
  return live ? 'present' : 'absent'
}

function stateIn({ presentIn, unknownIn }: SearchedRecord, id: string): 'present' | 'absent' | 'unknown' {
  if (presentIn.includes(id)) return 'present'
  return unknownIn.includes(id) ? 'unknown' : 'absent'
}

function sinceWords(record: SearchedRecord, points: Point[], { t, locale, timeZone }: Telling): string {
  const timeOf = (id: string) => points.find((point) => point.id === id)?.short ?? ''
  if (record.live === null) return t('unknown')
  if (record.inBin !== null) {
    const { since } = record.inBin
    return since === null ? t('bin.record') : t('bin.since', { time: atWords(since, { locale, timeZone }) })
  }
  if (record.live) return record.changedSince === null ? t('still') : t('changed', { from: timeOf(record.changedSince) })
  const ids = points.map(({ id }) => id)
  const vanished = vanishedBetween(record, ids)
  if (vanished === null) return '–'
  const from = timeOf(vanished.from)
  return vanished.to === null ? t('gone.after', { from }) : t('gone.between', { from, to: timeOf(vanished.to) })
}

function whoWords({ deleted, who }: SearchedRecord, { t, locale, timeZone }: Telling): string {
  if (deleted?.who) return t('deletedBy', { who: deleted.who, at: atWords(deleted.when, { locale, timeZone }) })
  return who === null ? '–' : t('enteredBy', { who })
}

/** What the portal's own column says: an instant where it can be read as one, else its text. */
function atWords(when: string | null, reader: Pick<Telling, 'locale' | 'timeZone'>): string {
  const at = new Date(when ?? '')
  return Number.isNaN(at.getTime()) ? (when ?? '') : shortTime(at, reader)
}
