import type {} from 'next-intl'
import type { Locale } from '#lib/domain/actor.ts'
import type en from './en.json'

// Keys of `t('…')` are checked by the compiler against the English words; words.test.ts holds the Polish ones to the same keys.
declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale
    Messages: typeof en
  }
}
