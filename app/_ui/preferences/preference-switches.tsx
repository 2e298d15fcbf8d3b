import Languages from 'lucide-react/icons/languages'
import Monitor from 'lucide-react/icons/monitor'
import Moon from 'lucide-react/icons/moon'
import Sun from 'lucide-react/icons/sun'
import { cookies } from 'next/headers'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { readTheme, type Theme } from './read-preferences.ts'
import { setLocale, setTheme } from './set-preferences.ts'

const icons: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon }
const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const look = 'flex h-9 items-center gap-1.5 rounded-md px-2 text-sm text-soft hover:bg-hover hover:text-ink'

/** Language and light, each one press; plain forms, so that they work before any script has arrived. */
export async function PreferenceSwitches(): Promise<ReactNode> {
  const [t, locale, theme] = [await getTranslations('shell'), await getLocale(), readTheme(await cookies())]
  const other = locale === 'pl' ? ({ locale: 'en', name: 'English' } as const) : ({ locale: 'pl', name: 'Polski' } as const)
  const Icon = icons[theme]
  const themeWords = t('theme', { now: t(`themes.${theme}`), next: t(`themes.${next[theme]}`) })
  return (
    <>
      <form action={setLocale}>
        <input type="hidden" name="locale" value={other.locale} />
        <button type="submit" className={look} lang={other.locale}>
          <Languages className="size-4" aria-hidden="true" />
          <span className="sr-only sm:not-sr-only">{other.name}</span>
        </button>
      </form>
      <form action={setTheme}>
        <input type="hidden" name="theme" value={next[theme]} />
        <button type="submit" className={look} aria-label={themeWords} title={themeWords}>
          <Icon className="size-4" aria-hidden="true" />
        </button>
      </form>
    </>
  )
}
