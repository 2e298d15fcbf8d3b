import type { Locale } from '#lib/domain/actor.ts'
import { nbsp } from '#lib/domain/bind-words.ts'
import { intlTag } from './time.ts'

/** Thousands apart from the first on: Polish would leave four digits together, and a column of amounts would not align. */
const grouped = { useGrouping: 'always' } as const

/** `4,175` · `4 175`. */
export const number = (value: number, locale: Locale): string => new Intl.NumberFormat(intlTag[locale], grouped).format(value)

/** 1,243 → 1200: for sentences with "about", two figures are what people keep in mind. */
export function about(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1)
  return Math.round(value / step) * step
}

/**
 * A number that may have been estimated from a sample and must never be taken for a counted one (S38): `≈ 1,200`, and `< 90` where the sample met nothing.
 * `atMost` is the upper bound; undefined where it was counted.
 */
export function estimated(value: number, atMost: number | undefined, locale: Locale): string {
  if (atMost === undefined || atMost === value) return number(value, locale)
  return value === 0 ? `<${nbsp}${number(atMost + 1, locale)}` : `≈${nbsp}${number(value, locale)}`
}

/** `1,100–1,400`. */
export const rangeWords = ({ atLeast, atMost }: { atLeast: number; atMost: number }, locale: Locale): string =>
  `${number(atLeast, locale)}–${number(atMost, locale)}`

/** `87%`, of a share between 0 and 1. */
export const percent = (share: number, locale: Locale): string =>
  new Intl.NumberFormat(intlTag[locale], { style: 'percent', maximumFractionDigits: 0 }).format(share)

/** An exact decimal of any length with the locale's separators: `1,234,567.80`. Text that is no decimal comes back as it is. */
export function exactDecimal(text: string, locale: Locale): string {
  const [, sign, whole, fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return text
  const point = locale === 'pl' ? ',' : '.'
  const units = new Intl.NumberFormat(intlTag[locale], grouped).format(BigInt(whole))
  return `${sign === '-' ? '−' : ''}${units}${fraction === undefined ? '' : point + fraction}`
}

/** `29.00 EUR` as the locale writes it; `amount` in minor units. */
export function price(amount: number, currency: string, locale: Locale): string {
  const format = new Intl.NumberFormat(intlTag[locale], { style: 'currency', currency, ...grouped })
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
