import type { Locale } from '#lib/domain/actor.ts'
import type en from './en.json'

// Named, so that the compiler has read what is widened here.
export type { AppConfig } from 'next-intl'

// Keys of `t('…')` are checked by the compiler against the English words; words.test.ts holds the Polish ones to the same keys.
declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale
    Messages: typeof en
  }
}
