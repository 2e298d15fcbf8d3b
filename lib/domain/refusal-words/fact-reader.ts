import type { Locale } from '../actor.ts'
import { bytes } from '../byte-words.ts'
import { planName } from '../plan-name.ts'
import type { JsonValue } from '../refusal.ts'

/** A refusal in plain text: why it is a no, and what would turn it into a yes (null where nothing would). */
export type Words = { why: string; whatWouldHelp: string | null }
export type Say = (facts: FactReader) => Words

/** Reads the facts of a refusal as people write them, in their language and time zone. A fact that is missing reads as an empty text. */
export type FactReader = {
  text: (name: string) => string
  plan: (name: string) => string
  /** With zone, so that Lisbon, Warsaw and UTC never mean different moments (S30). */
  instant: (name: string) => string
  number: (name: string) => string
  /** `1.2 GB`. */
  bytes: (name: string) => string
  /** Each item by its name, where it has one. */
  list: (name: string, names?: Record<string, string>) => string
  /** The number with the word that goes with it: `count('days', {one: 'day', other: 'days'})`. */
  count: (name: string, forms: Forms) => string
  has: (name: string) => boolean
  /** The tables that the refusal is about, by the names people know, in quotation marks; an empty text where it names none. */
  tables: () => string
}
export type Forms = { one: string; few?: string; many?: string; other: string }

export function factReader(
  facts: Record<string, JsonValue>,
  { locale, timeZone }: { locale: Locale; timeZone: string },
): FactReader {
  const numbers = new Intl.NumberFormat(locale)
  const plural = new Intl.PluralRules(locale)
  const number = (name: string) => {
    const fact = facts[name]
    return typeof fact === 'number' ? fact : 0
  }
  const text = (name: string) => {
    const fact = facts[name]
    return typeof fact === 'string' || typeof fact === 'number' ? String(fact) : ''
  }
  return {
    text,
    plan: (name) => planName(text(name), locale),
    instant: (name) => formatInstant(text(name), locale, timeZone),
    number: (name) => numbers.format(number(name)),
    bytes: (name) => bytes(number(name), locale),
    list: (name, names = {}) => {
      const fact = facts[name]
      const words = Array.isArray(fact)
        ? fact.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
        : [text(name)]
      return new Intl.ListFormat(locale).format(words.map((word) => names[word] ?? word))
    },
    count: (name, forms) => {
      const rule = plural.select(number(name))
      const form = rule === 'one' || rule === 'few' || rule === 'many' ? forms[rule] : undefined
      return `${numbers.format(number(name))} ${form ?? forms.other}`
    },
    tables: () => {
      const named = facts[locale === 'pl' ? 'tablesPl' : 'tablesEn']
      if (!Array.isArray(named)) return ''
      const [open, close] = locale === 'pl' ? ['„', '”'] : ['“', '”']
      return new Intl.ListFormat(locale).format(named.map((name) => `${open}${String(name)}${close}`))
    },
    has: (name) => facts[name] !== undefined && facts[name] !== null,
  }
}

function formatInstant(iso: string, locale: Locale, timeZone: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const parts = {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  } as const
  return new Intl.DateTimeFormat(locale === 'pl' ? 'pl-PL' : 'en-GB', { ...parts, timeZone }).format(at)
}
