import type { Locale } from './actor.ts'
import { nbsp } from './bind-words.ts'

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `1.2 GB`, in steps of a thousand. */
export function bytes(count: number, locale: Locale): string {
  const step = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)))
  const value = count / 1000 ** step
  const digits = new Intl.NumberFormat(locale === 'pl' ? 'pl-PL' : 'en-GB', {
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  })
  return `${digits.format(value)}${nbsp}${byteUnits[step]}`
}
