import type { Locale } from '#lib/domain/actor.ts'
import { bindWords } from '#lib/domain/bind-words.ts'

type Words = { [key: string]: string | Words }

/** Every message of a catalogue, at any depth, so that no line tears apart what belongs together. */
export function bindMessages<T extends Words>(words: T, locale: Locale): T
export function bindMessages(words: Words, locale: Locale): Words {
  return Object.fromEntries(
    Object.entries(words).map(([key, value]) => [
      key,
      typeof value === 'string' ? bindWords(value, locale) : bindMessages(value, locale),
    ]),
  )
}
