import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { MeaningReport } from '#lib/snapshots/preview-report.ts'
import { exactDecimal, number } from './format/numbers.ts'
import type { PreviewTense } from './preview-heads.ts'

type Worth = MeaningReport[number]['lost']

/** What the counts mean, where the portal's settings name the stages that matter: "Won deals since then: 12 would be lost, worth 84,300.00 PLN." */
export async function LossMeaning({
  meaning,
  tense,
}: {
  meaning: MeaningReport | undefined
  tense: PreviewTense
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('preview.meaning'), getLocale()])
  const lines = (meaning ?? []).flatMap(({ name, comesBack, lost }) =>
    [{ key: 'lost', worth: lost } as const, { key: 'back', worth: comesBack } as const]
      .filter(({ worth }) => worth.rows > 0)
      .map(({ key, worth }) => ({ key, what: name[locale], worth })),
  )
  if (lines.length === 0) return null
  const money = ({ money: sums }: Worth) =>
    new Intl.ListFormat(locale).format(
      sums.map(({ currency, sum }) => [exactDecimal(sum, locale), currency].filter((part) => part !== null).join('\u00a0')),
    )
  return (
    <ul className="space-y-1">
      {lines.map(({ key, what, worth }) => (
        <li key={`${what}-${key}`} className={key === 'lost' ? 'text-danger' : 'text-good'}>
          {t(`${tense}.${key}`, {
            what,
            shown: number(worth.rows, locale),
            worth: worth.money.length === 0 ? 'no' : 'yes',
            money: money(worth),
          })}
        </li>
      ))}
    </ul>
  )
}
