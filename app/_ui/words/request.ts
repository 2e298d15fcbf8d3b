import { cookies, headers } from 'next/headers'
import { getRequestConfig } from 'next-intl/server'
import { readLocale } from '../preferences/read-preferences.ts'
import en from './en.json'
import pl from './pl.json'

const words = { en, pl }

/** The words of the reader's language. Times are always formatted with a zone given by hand (app/_ui/format), hence no default here. */
export default getRequestConfig(async () => {
  const locale = readLocale(await cookies(), await headers())
  return { locale, messages: words[locale] }
})
