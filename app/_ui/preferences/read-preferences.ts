import { type Locale, locales } from '#lib/domain/actor.ts'

/** Kept in cookies, so that the first byte of a page is already in the right language and light. */
export const localeCookie = 'desk-locale'
export const themeCookie = 'desk-theme'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

type Cookies = { get(name: string): { value: string } | undefined }
type Headers = { get(name: string): string | null }

/** The reader's choice; else their own language, which sign-in puts into the same cookie; else what the browser asks for. */
export function readLocale(cookies: Cookies, headers: Headers): Locale {
  const chosen = cookies.get(localeCookie)?.value
  return locales.find((locale) => locale === chosen) ?? preferredLocale(headers.get('accept-language') ?? '')
}

export function readTheme(cookies: Cookies): Theme {
  const chosen = cookies.get(themeCookie)?.value
  return themes.find((theme) => theme === chosen) ?? 'system'
}

/** The best of ours in an `Accept-Language` header (`pl-PL,pl;q=0.9,en;q=0.8`); English when it names none of them. */
function preferredLocale(acceptLanguage: string): Locale {
  const asked = acceptLanguage
    .split(',')
    .slice(0, 20)
    .map((part) => {
      const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find((q) => q !== undefined)
      return { language: range.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
  const best = asked.find(({ language }) => locales.some((locale) => locale === language))
  return locales.find((locale) => locale === best?.language) ?? 'en'
}
