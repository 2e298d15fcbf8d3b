import ShieldCheck from 'lucide-react/icons/shield-check'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { KeptReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'
import type { PreviewTense } from './preview-heads.ts'

/** What the restore leaves as it is today, by kind, and how much of it would otherwise have gone back (S63). Nothing where nothing is set up to stay. */
export async function KeptToday({ kept, tense }: { kept: KeptReport | undefined; tense: PreviewTense }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview.kept'), getLocale()])
  if (kept === undefined || kept.length === 0 || tense === 'never') return null
  const told = (row: KeptReport[number]) => {
    if (row.rows === null) return t('uncounted')
    const how = { count: row.rows, shown: number(row.rows, locale) }
    const { fallen = 0 } = row
    if (row.kind === 'erased') return t('erased', { ...how, fallen, fallenShown: number(fallen, locale) })
    return row.kind === 'numbers' ? t('numbers', how) : t('changes', how)
  }
  const linksOf = ({ links }: KeptReport[number]): string[] => {
    const [cleared, stay] = [links?.cleared ?? 0, links?.kept ?? 0]
    return [
      ...(cleared === 0 ? [] : [t(`linksCleared.${tense}`, { count: cleared, shown: number(cleared, locale) })]),
      ...(stay === 0 ? [] : [t(`linksKept.${tense}`, { count: stay, shown: number(stay, locale) })]),
    ]
  }
  return (
    <section className="space-y-2">
      <h3 className="font-semibold">{t(`title.${tense}`)}</h3>
      <p className="max-w-prose text-sm text-soft">{t(`why.${tense}`)}</p>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {kept.map((row) => (
          <li key={row.kind} className="flex gap-3 px-4 py-2.5">
            <ShieldCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-good" />
            <div className="grow gap-x-4 sm:flex sm:justify-between">
              <span className="block">
                {t(`kind.${row.kind}`)}
                {row.names.length === 0 ? null : (
                  <span className="block text-sm text-soft">{row.names.map((name) => name[locale]).join(' · ')}</span>
                )}
              </span>
              <span className="figures text-sm text-soft sm:text-right">
                {told(row)}
                {linksOf(row).map((line) => (
                  <span key={line} className="block text-warn" data-links={row.kind}>
                    {line}
                  </span>
                ))}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
