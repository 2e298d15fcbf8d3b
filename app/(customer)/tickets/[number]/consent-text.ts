import { getTranslations } from 'next-intl/server'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { Locale } from '#lib/domain/actor.ts'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'

export type Danger = 'wiped' | 'changed' | 'everybody' | 'pause' | 'edges'
export type ConsentWords = {
  /** The one sentence with the numbers. */
  sentence: string
  /** One tick each; those that do not apply are not asked. */
  dangers: { danger: Danger; words: string }[]
  /** Sentence and ticks as one text: what is kept with the consent, exactly as shown (S90). */
  text: string
}

/** The words an owner agrees to, made from the report alone, so that the page and the record cannot differ. */
export async function consentWords({
  report,
  locale,
  timeZone,
  portalName,
  scope,
  purpose,
}: {
  report: PreviewReport
  locale: Locale
  timeZone: string
  portalName: string
  scope: 'crm' | 'full'
  purpose: 'restore' | 'undo'
}): Promise<ConsentWords> {
  const t = await getTranslations({ locale, namespace: 'consent' })
  const { totals, edges, writePauseMs, offlineMs, way } = report
  const when = absoluteTime(new Date(report.snapshotAt), { locale, timeZone })
  const sentence = t(`sentence.${purpose}`, {
    portal: portalName,
    scope,
    when,
    back: totals.comesBack,
    wiped: totals.wiped,
    changed: totals.changed,
    users: totals.usersAffected,
  })
  const edgeRows = edges.reduce((sum, { rows }) => sum + rows, 0)
  const seconds = Math.max(1, Math.ceil((way === 'swap' ? offlineMs : writePauseMs) / 1000))
  const dangers: ConsentWords['dangers'] = [
    ...(totals.wiped > 0
      ? [
          {
            danger: 'wiped' as const,
            words: t(purpose === 'undo' ? 'danger.wipedByUndo' : 'danger.wiped', { count: totals.wiped }),
          },
        ]
      : []),
    ...(totals.changed > 0 ? [{ danger: 'changed' as const, words: t('danger.changed', { count: totals.changed }) }] : []),
    { danger: 'everybody', words: t('danger.everybody', { count: totals.usersAffected }) },
    { danger: 'pause', words: t(way === 'swap' ? 'danger.offline' : 'danger.pause', { seconds: number(seconds, locale) }) },
    ...(edgeRows > 0 ? [{ danger: 'edges' as const, words: t('danger.edges', { count: edgeRows }) }] : []),
  ]
  return { sentence, dangers, text: [sentence, ...dangers.map(({ words }) => `☑ ${words}`)].join('\n') }
}
