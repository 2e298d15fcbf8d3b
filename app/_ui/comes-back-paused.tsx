import Pause from 'lucide-react/icons/pause'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { PausedReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'
import type { PreviewTense } from './preview-heads.ts'

/** S69: what would send something, and comes back without sending it: by table, how much. Nothing where nothing of the kind comes back. */
export async function ComesBackPaused({
  paused,
  tense,
}: {
  paused: PausedReport | undefined
  tense: PreviewTense
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview.paused'), getLocale()])
  if (paused === undefined || paused.length === 0 || tense === 'never') return null
  return (
    <section className="space-y-2" data-comes-back="paused">
      <h3 className="font-semibold">{t(`title.${tense}`)}</h3>
      <p className="max-w-prose text-sm text-soft">{t(`why.${tense}`)}</p>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {paused.map(({ name, rows }) => (
          <li key={name.en} className="flex gap-3 px-4 py-2.5">
            <Pause aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
            <span className="grow">{name[locale]}</span>
            <span className="figures text-sm text-soft">{t(`rows.${tense}`, { count: rows, shown: number(rows, locale) })}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
