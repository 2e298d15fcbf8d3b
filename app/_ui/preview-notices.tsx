import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { Locale } from '#lib/domain/actor.ts'
import type { PreviewNotice, PreviewReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'
import { duration, intlTag } from './format/time.ts'

export type NoticeLine = { id: string; words: string; under: string[] }

/** What a preview tells besides its counts: how long nobody can save, what will point at nothing, whether the structure has changed. */
export async function noticeLines(report: PreviewReport): Promise<NoticeLine[]> {
  const [t, locale] = await Promise.all([getTranslations('preview'), getLocale()])
  const words = ({ code, facts }: PreviewNotice): string => {
    switch (code) {
      case 'write_pause':
      case 'offline':
      case 'pause_above_limit':
        return t(`notice.${code}`, {
          time: duration(wholeSeconds(facts.ms), locale),
          limit: duration(wholeSeconds(facts.limitMs), locale),
        })
      case 'swap_proposed':
      case 'files_exchange':
        return t(`notice.${code}`)
      case 'edges':
        return [
          ...(report.sampled?.linksUnknown ? [t('sampled.exactTypes')] : []),
          t('notice.edges', { count: Number(facts.rows ?? 0), ...handledLinks(report, locale) }),
        ].join(' ')
      case 'adapter_note':
        return String(facts.words ?? '')
      default:
        return t(`notice.${code}`, { names: listed(facts.names, locale) })
    }
  }
  const lines = report.notices.map(words).filter((line) => line !== '')
  return [
    ...lines.map((line) => ({ id: line, words: line, under: [] })),
    ...(report.structure.length === 0 ? [] : [{ id: 'structure', words: t('notice.structure'), under: report.structure }]),
  ]
}

export function NoticeList({ lines }: { lines: NoticeLine[] }): ReactNode {
  return (
    <ul className="list-disc space-y-1 pl-5">
      {lines.map(({ id, words, under }) => (
        <li key={id}>
          {words}
          {under.length === 0 ? null : (
            <ul className="list-[circle] pl-5 text-soft">
              {under.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  )
}

/** What becomes of links that would point at nothing (S71). */
function handledLinks({ edges }: PreviewReport, locale: Locale): { handling: string; cleared: string; kept: string } {
  const rowsOf = (handling: 'null' | 'keep') =>
    edges.reduce((sum, edge) => (edge.handling === handling ? sum + edge.rows : sum), 0)
  const [cleared, kept] = [rowsOf('null'), rowsOf('keep')]
  const handling = kept === 0 ? 'cleared' : cleared === 0 ? 'kept' : 'both'
  return { handling, cleared: number(cleared, locale), kept: number(kept, locale) }
}

const listed = (names: unknown, locale: Locale): string =>
  new Intl.ListFormat(intlTag[locale]).format(Array.isArray(names) ? names.map(String) : [])

/** An estimate, told in the same whole seconds as the danger that the owner ticks. */
const wholeSeconds = (ms: unknown): number => Math.max(1, Math.ceil(Number(ms ?? 0) / 1000)) * 1000
