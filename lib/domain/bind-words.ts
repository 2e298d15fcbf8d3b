import type { Locale } from './actor.ts'

/** A space at which no line is broken. */
export const nbsp = '\u00a0'

const units =
  'ms|s|min|h|B|kB|MB|GB|TB|days?|hours?|minutes?|seconds?|dzień|dni|dnia|godzin[aęy]?|godzinach|minut[aęy]?|minutach|sekund[aęy]?'
/** Also behind `{hours}` and `#`, where a message has its number still to come. */
const numberAndUnit = new RegExp(`(?<=[\\d}#]) (?=(?:${units})(?![\\p{L}\\p{N}]))`, 'gu')
const unitAndNumber = new RegExp(`(?<=\\d\\u00a0(?:${units})) (?=\\d+\\u00a0(?:${units})(?![\\p{L}\\p{N}]))`, 'gu')
const shortWord = /(?<![\p{L}\p{N}])([aiouwz]) (?=\S)/giu

/**
 * What no line may tear apart, for all that is said on pages, in refusals and in mails: a number and its unit ("1 h 56 min"), and in Polish a
 * word of one letter and the next.
 */
export function bindWords(text: string, locale: Locale): string {
  const measured = text.replace(numberAndUnit, nbsp).replace(unitAndNumber, nbsp)
  return locale === 'pl' ? measured.replace(shortWord, `$1${nbsp}`) : measured
}
