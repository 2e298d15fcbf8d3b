import type { Locale } from '#lib/domain/actor.ts'

/** "Tue, 24 Nov 2026, 02:10 (UTC+1)" in the reader's zone: the offset is always said (S30). */
export function instantInWords(iso: string, locale: Locale, timeZone: string): string {
  const at = new Date(iso)
  const options = { timeZone, hourCycle: 'h23' } as const
  const day = new Intl.DateTimeFormat(tags[locale], {
    ...options,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  })
  const time = new Intl.DateTimeFormat(tags[locale], { ...options, hour: '2-digit', minute: '2-digit' })
  const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'shortOffset' }).formatToParts(at)
  const offset = zone.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', 'UTC') ?? 'UTC'
  return `${day.format(at)}, ${time.format(at)} (${offset})`
}

/** "1 record", "2 rekordy", "5 rekordów". */
export function rows(count: number, locale: Locale): string {
  const form = new Intl.PluralRules(tags[locale]).select(count)
  const number = new Intl.NumberFormat(tags[locale]).format(count)
  if (locale === 'en') return `${number} ${form === 'one' ? 'record' : 'records'}`
  return `${number} ${form === 'one' ? 'rekord' : form === 'few' ? 'rekordy' : 'rekordów'}`
}

/** `4,175` · `4 175`. */
export function number(count: number, locale: Locale): string {
  return new Intl.NumberFormat(tags[locale]).format(count)
}

export function seconds(ms: number, locale: Locale): string {
  return `${new Intl.NumberFormat(tags[locale], { maximumFractionDigits: 1 }).format(ms / 1000)} s`
}

/** One line without control or direction-changing characters: what others typed cannot break out of its place (S109). */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ').trim()
}

const tags = { en: 'en-GB', pl: 'pl-PL' } as const
