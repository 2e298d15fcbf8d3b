import type { Locale } from '#lib/domain/actor.ts'
import { bindWords, nbsp } from '#lib/domain/bind-words.ts'

/** The locale that formats for each of our languages: British English, so that days come before months everywhere. */
export const intlTag: Record<Locale, string> = { en: 'en-GB', pl: 'pl-PL' }

type Reader = { locale: Locale; timeZone: string }

/** `Tue 24 Nov 2026, 02:10 CET (UTC+1)`: an instant as a clock on the reader's wall shows it, with the offset always said (S30, S31). */
export function absoluteTime(at: Date, { locale, timeZone }: Reader): string {
  const day = calendarDay(at, { locale, timeZone })
  const time = `${clockTime(at, { locale, timeZone })} ${withOffset(zoneName(at, timeZone), at, timeZone)}`
  return [day, time].map((part) => part.replaceAll(' ', nbsp)).join(', ')
}

/** `Tue 24 Nov 2026`, `wt. 24 lis 2026`. */
export function calendarDay(at: Date, { locale, timeZone }: Reader): string {
  const format = new Intl.DateTimeFormat(intlTag[locale], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone,
  })
  const parts = format.formatToParts(at)
  return (['weekday', 'day', 'month', 'year'] as const).map((type) => partValue(parts, type)).join(' ')
}

/** `02:10`, on the 24-hour clock in both languages. */
export function clockTime(at: Date, { locale, timeZone }: Reader): string {
  return new Intl.DateTimeFormat(intlTag[locale], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(at)
}

/** A span for a sentence: where it begins, and its end as `16:55` on the same day, else with its day. One whose ends show the same minute is told as a moment. */
export function spanWords(from: Date, until: Date, reader: Reader): { span: 'moment' | 'between'; from: string; until: string } {
  const [begin, end] = [absoluteTime(from, reader), absoluteTime(until, reader)]
  const sameDay = dayKey(from, reader.timeZone) === dayKey(until, reader.timeZone)
  return { span: begin === end ? 'moment' : 'between', from: begin, until: sameDay ? clockTime(until, reader) : end }
}

/** `Tue 24`: the head of a day's column. */
export function shortDay(at: Date, { locale, timeZone }: Reader): string {
  const format = new Intl.DateTimeFormat(intlTag[locale], { weekday: 'short', day: 'numeric', timeZone })
  const parts = format.formatToParts(at)
  return `${partValue(parts, 'weekday')} ${partValue(parts, 'day')}`
}

/** `Tue 24, 02:10`: within the last days, beside something that says it whole. */
export const shortTime = (at: Date, reader: Reader): string => `${shortDay(at, reader)}, ${clockTime(at, reader)}`

/** `2026-11-24`: which day of the zone's calendar an instant falls on. */
export function dayKey(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)
}

/** `UTC+1`, `UTC−3:30`, `UTC+0`. */
export function utcOffset(at: Date, timeZone: string): string {
  const offset = partOf(at, timeZone, 'shortOffset')
  return offset.replace('GMT', 'UTC').replace('-', '−')
}

/** `CET`, where the zone has a name of its own that people use. */
function zoneName(at: Date, timeZone: string): string | null {
  const name = partOf(at, timeZone, 'short')
  return /^(GMT.|UTC)/.test(name) ? null : name
}

/** `Central European Time (UTC+1)`, `Wielka Brytania (UTC+0)`: a zone as its people call it, with what its clocks show at this instant. */
export function zoneWords(at: Date, { locale, timeZone }: Reader): string {
  const name = partOf(at, timeZone, 'longGeneric', locale).replace(/^czas: /, '')
  return withOffset(name.startsWith('GMT') ? null : name, at, timeZone)
}

/** A zone without a name of its own is its offset, and that of UTC is none. */
function withOffset(name: string | null, at: Date, timeZone: string): string {
  const offset = utcOffset(at, timeZone)
  if (name === null) return offset === 'UTC+0' ? 'UTC' : offset
  return `${name} (${offset})`
}

function partOf(
  at: Date,
  timeZone: string,
  timeZoneName: 'short' | 'shortOffset' | 'longGeneric',
  locale: Locale = 'en',
): string {
  const parts = new Intl.DateTimeFormat(intlTag[locale], { timeZone, timeZoneName, hour: 'numeric' }).formatToParts(at)
  return partValue(parts, 'timeZoneName') || 'UTC'
}

const partValue = (parts: Intl.DateTimeFormatPart[], type: Intl.DateTimeFormatPartTypes): string =>
  parts.find((part) => part.type === type)?.value ?? ''

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `2 h ago`, `in 40 min`, `3 days ago`: one unit, rounded towards now, for reading at a glance beside the exact time. */
export function relativeTime(at: Date, now: Date, locale: Locale): string {
  const difference = at.getTime() - now.getTime()
  const distance = Math.abs(difference)
  if (distance < minute)
    return { en: ['just now', 'in a moment'], pl: ['przed chwilą', 'za chwilę'] }[locale][difference > 0 ? 1 : 0] ?? ''
  const amount = bindWords(oneUnit(distance, locale), locale)
  if (locale === 'pl') return difference > 0 ? `za ${amount}` : `${amount} temu`
  return difference > 0 ? `in ${amount}` : `${amount} ago`
}

function oneUnit(ms: number, locale: Locale): string {
  if (ms < 90 * minute) return `${Math.floor(ms / minute)} min`
  if (ms < 36 * hour) return `${Math.floor(ms / hour)} h`
  return days(Math.floor(ms / day), locale)
}

function days(count: number, locale: Locale): string {
  const one = count === 1
  return locale === 'pl' ? `${count} ${one ? 'dzień' : 'dni'}` : `${count} ${one ? 'day' : 'days'}`
}

/** `2 days 4 h`, `1 h 5 min`, `12 s`, `340 ms`: at most two units, rounded down; for clocks and measured times. Never broken at a line's end. */
export const duration = (ms: number, locale: Locale): string => bindWords(twoUnits(ms, locale), locale)

function twoUnits(ms: number, locale: Locale): string {
  const whole = Math.max(0, Math.floor(ms))
  if (whole < 1000) return `${whole} ms`
  if (whole < minute) return whole < 10_000 ? `${decimal(whole / 1000, locale)} s` : `${Math.floor(whole / 1000)} s`
  if (whole < hour) return join(`${Math.floor(whole / minute)} min`, Math.floor((whole % minute) / 1000), 's')
  if (whole < 2 * day) return join(`${Math.floor(whole / hour)} h`, Math.floor((whole % hour) / minute), 'min')
  return join(days(Math.floor(whole / day), locale), Math.floor((whole % day) / hour), 'h')
}

const join = (large: string, small: number, unit: string): string => (small === 0 ? large : `${large} ${small} ${unit}`)

const decimal = (value: number, locale: Locale): string =>
  new Intl.NumberFormat(intlTag[locale], { maximumFractionDigits: 1 }).format(Math.floor(value * 10) / 10)
