import { cookies, headers } from 'next/headers'
import type { Messages } from 'next-intl'
import { getRequestConfig } from 'next-intl/server'
import type { Locale } from '#lib/domain/actor.ts'
import { readLocale } from '../preferences/read-preferences.ts'
import { bindMessages } from './bind-messages.ts'
import en from './en.json'
import pl from './pl.json'

const words: Record<Locale, Messages> = { en: bindMessages(en, 'en'), pl: bindMessages(pl, 'pl') }

/** The words of the reader's language. Times are always formatted with a zone given by hand (app/_ui/format), hence no default here. */
export default getRequestConfig(async () => {
  const locale = readLocale(await cookies(), await headers())
  return { locale, messages: words[locale] }
})

// Keys of `t('…')` are checked by the compiler against the English words; words.test.ts holds the Polish ones to the same keys.
declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale
    Messages: typeof en
  }
}
