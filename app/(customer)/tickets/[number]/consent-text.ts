import { getTranslations } from 'next-intl/server'
import { lossFigures } from '#app/_ui/format/loss-figures.ts'
import { number, rangeWords } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { Locale } from '#lib/domain/actor.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import type { PreviewReport, Range } from '#lib/snapshots/preview-report.ts'

export type Danger =
  | 'sampled'
  | 'wiped'
  | 'changed'
  | 'filesLost'
  | 'filesChanged'
  | 'everybody'
  | 'pause'
  | 'edges'
  | 'leftOut'
  | 'parents'
  | 'paused'
  | 'private'
  | 'downloads'
export type ConsentWords = {
  /** The one sentence with the numbers. */
  sentence: string
  /** One tick each; those that do not apply are not asked. */
  dangers: { danger: Danger; words: string }[]
  /** Sentence and ticks as one text: what is kept with the consent, exactly as shown (S90). */
  text: string
}

/** The words an owner agrees to, made from the report alone, so that the page and the record cannot differ. */
export async function consentWords(about: ConsentAbout): Promise<ConsentWords> {
  return wordsOf(await getTranslations({ locale: about.locale, namespace: 'consent' }), about)
}

export type ConsentAbout = {
  report: PreviewReport
  locale: Locale
  timeZone: string
  portalName: string
  scope: Scope
  purpose: 'restore' | 'undo'
}

export function wordsOf(t: Tell, { report, locale, timeZone, portalName, scope, purpose }: ConsentAbout): ConsentWords {
  const { totals } = report
  const when = absoluteTime(new Date(report.snapshotAt), { locale, timeZone })
  const about = { portal: portalName, scope, when, users: totals.usersAffected }
  const counted = { back: totals.comesBack, wiped: totals.wiped, changed: totals.changed }
  const { comesBack: back, wiped, changed } = lossFigures(report, locale)
  const ofRows =
    report.sampled === undefined
      ? t(`sentence.${sentenceOf(scope, purpose)}`, { ...about, ...counted })
      : t(`sampled.${purpose}`, { ...about, back, wiped, changed })
  const sentence = [ofRows, ...filesSentence(t, report)].join(' ')
  const dangers =
    scope === 'extract'
      ? filesDangers(t)
      : scope === 'put_back'
        ? putBackDangers(t, report, purpose, locale)
        : wholeDangers(t, report, purpose, locale)
  return { sentence, dangers, text: [sentence, ...dangers.map(({ words }) => `☑ ${words}`)].join('\n') }
}

type Tell = Awaited<ReturnType<typeof getTranslations<'consent'>>>
type Dangers = ConsentWords['dangers']

function sentenceOf(scope: Scope, purpose: 'restore' | 'undo'): 'restore' | 'undo' | 'put_back' | 'put_back_undo' | 'extract' {
  if (scope === 'extract') return 'extract'
  if (scope === 'put_back') return purpose === 'undo' ? 'put_back_undo' : 'put_back'
  return purpose
}

/** What becomes of the portal's files; nothing where it keeps none. */
function filesSentence(t: Tell, { files }: PreviewReport): string[] {
  if (files === undefined) return []
  if (typeof files === 'string') return [t(`files.${files}`)]
  const { missing: back, newer: lost, changed } = files
  return [back + lost + changed === 0 ? t('files.same') : t('files.moved', { back, lost, changed })]
}

function filesDanger(t: Tell, { files }: PreviewReport, purpose: 'restore' | 'undo'): Dangers {
  if (typeof files !== 'object') return []
  const lost = purpose === 'undo' ? 'danger.filesLostByUndo' : 'danger.filesLost'
  const changed = purpose === 'undo' ? 'danger.filesChangedByUndo' : 'danger.filesChanged'
  return [
    ...(files.newer > 0 ? [{ danger: 'filesLost' as const, words: t(lost, { count: files.newer }) }] : []),
    ...(files.changed > 0 ? [{ danger: 'filesChanged' as const, words: t(changed, { count: files.changed }) }] : []),
  ]
}

/** Nothing changes; what leaves the portal is private. */
const filesDangers = (t: Tell): Dangers => [
  { danger: 'private', words: t('danger.private') },
  { danger: 'downloads', words: t('danger.downloads') },
]

/** Nothing is wiped by a put-back: what is to be known is who sees it, what comes along, and what stays out. */
function putBackDangers(
  t: Tell,
  { totals, putBack, paused, writePauseMs }: PreviewReport,
  purpose: 'restore' | 'undo',
  locale: Locale,
): Dangers {
  const undo = purpose === 'undo'
  const out = putBack?.leftOut.reduce((sum, { rows }) => sum + rows, 0) ?? 0
  const parents = putBack?.returning.reduce((sum, table) => sum + table.parents, 0) ?? 0
  return [
    ...(undo ? [{ danger: 'wiped' as const, words: t('danger.takenOut', { count: totals.wiped }) }] : []),
    ...(out > 0 ? [{ danger: 'leftOut' as const, words: t(undo ? 'danger.staysIn' : 'danger.leftOut', { count: out }) }] : []),
    ...(parents > 0 && !undo ? [{ danger: 'parents' as const, words: t('danger.parents', { count: parents }) }] : []),
    ...(undo ? [] : [{ danger: 'everybody' as const, words: t('danger.seenByAll', { count: totals.usersAffected }) }]),
    ...pausedDanger(t, paused, locale),
    { danger: 'pause', words: t('danger.pause', { seconds: wholeSeconds(writePauseMs, locale) }) },
  ]
}

/** S38: that the figures are an estimate is a tick of its own, with its bounds and what follows from them; no other tick tells one as counted. */
function sampledDangers(
  t: Tell,
  report: PreviewReport,
  sampled: NonNullable<PreviewReport['sampled']>,
  purpose: 'restore' | 'undo',
  locale: Locale,
): Dangers {
  const { totals, edges, paused, writePauseMs, offlineMs, way } = report
  const { wiped, changed } = lossFigures(report, locale)
  const edgeRows = edges.reduce((sum, { rows }) => sum + rows, 0)
  const seconds = wholeSeconds(way === 'swap' ? offlineMs : writePauseMs, locale)
  const ranges = {
    back: rangeWords(sampled.missing, locale),
    wiped: rangeWords(sampled.newer, locale),
    changed: rangeWords(sampled.changed, locale),
  }
  const most = (range: Range) => number(range.atMost, locale)
  return [
    { danger: 'sampled', words: `${t('sampled.figures', ranges)} ${t('sampled.atRestore')}` },
    ...(sampled.newer.atMost > 0
      ? [
          {
            danger: 'wiped' as const,
            words: t(purpose === 'undo' ? 'sampled.wipedByUndo' : 'sampled.wiped', { about: wiped, most: most(sampled.newer) }),
          },
        ]
      : []),
    ...(sampled.changed.atMost > 0
      ? [{ danger: 'changed' as const, words: t('sampled.changed', { about: changed, most: most(sampled.changed) }) }]
      : []),
    ...filesDanger(t, report, purpose),
    { danger: 'everybody', words: t('danger.everybody', { count: totals.usersAffected }) },
    { danger: 'pause', words: t(way === 'swap' ? 'danger.offline' : 'danger.pause', { seconds }) },
    ...(sampled.linksUnknown || edgeRows > 0
      ? [
          {
            danger: 'edges' as const,
            words: sampled.linksUnknown ? t('sampled.edges', { count: edgeRows }) : t('danger.edges', { count: edgeRows }),
          },
        ]
      : []),
    ...pausedDanger(t, paused, locale),
  ]
}

const wholeSeconds = (ms: number, locale: Locale): string => number(Math.max(1, Math.ceil(ms / 1000)), locale)

function wholeDangers(t: Tell, report: PreviewReport, purpose: 'restore' | 'undo', locale: Locale): Dangers {
  const { totals, edges, paused, writePauseMs, offlineMs, way, sampled } = report
  if (sampled !== undefined) return sampledDangers(t, report, sampled, purpose, locale)
  const edgeRows = edges.reduce((sum, { rows }) => sum + rows, 0)
  const seconds = wholeSeconds(way === 'swap' ? offlineMs : writePauseMs, locale)
  return [
    ...(totals.wiped > 0
      ? [
          {
            danger: 'wiped' as const,
            words: t(purpose === 'undo' ? 'danger.wipedByUndo' : 'danger.wiped', { count: totals.wiped }),
          },
        ]
      : []),
    ...(totals.changed > 0 ? [{ danger: 'changed' as const, words: t('danger.changed', { count: totals.changed }) }] : []),
    ...filesDanger(t, report, purpose),
    { danger: 'everybody', words: t('danger.everybody', { count: totals.usersAffected }) },
    { danger: 'pause', words: t(way === 'swap' ? 'danger.offline' : 'danger.pause', { seconds }) },
    ...(edgeRows > 0 ? [{ danger: 'edges' as const, words: t('danger.edges', { count: edgeRows }) }] : []),
    ...pausedDanger(t, paused, locale),
  ]
}

/** S69: what would send something comes back without sending it. */
function pausedDanger(t: Tell, paused: PreviewReport['paused'], locale: Locale): Dangers {
  if (paused === undefined) return []
  const count = paused.reduce((sum, { rows }) => sum + rows, 0)
  const names = paused.map(({ name, rows }) => `${name[locale]} ${number(rows, locale)}`).join(', ')
  return [{ danger: 'paused', words: t('danger.paused', { count, names }) }]
}
