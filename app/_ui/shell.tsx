import CircleUserRound from 'lucide-react/icons/circle-user-round'
import LogOut from 'lucide-react/icons/log-out'
import type { Route } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { Logo } from './logo.tsx'
import { type NavLink, NavLinks } from './nav-links.tsx'
import { PreferenceSwitches } from './preferences/preference-switches.tsx'

/**
 * The frame of every page: skip link, product, where one may go, who one is, language and light. `customer` is one calm column,
 * `desk` takes the whole width. The page brings its own `<main id="main">`: ticket pages mark state and version on it.
 */
export async function Shell({
  temper,
  links = [],
  person,
  signOut,
  banner,
  children,
}: {
  temper: 'customer' | 'desk'
  links?: NavLink[]
  /** Who is signed in and as what; null before sign-in. */
  person: { name: string; as?: string } | null
  signOut?: () => Promise<void>
  /** A line above everything: the demo's way back, an announced maintenance. */
  banner?: ReactNode
  children: ReactNode
}): Promise<ReactNode> {
  const t = await getTranslations('shell')
  const width = temper === 'customer' ? 'max-w-5xl px-4 sm:px-6' : 'px-3 sm:px-4'
  return (
    <div className={cx('flex min-h-dvh flex-col', temper === 'customer' ? 'text-base' : 'text-sm')}>
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      {banner}
      <header className="border-b border-line bg-surface print:hidden">
        <div
          className={cx(
            'mx-auto flex w-full flex-wrap items-center gap-x-1 sm:gap-x-5',
            temper === 'customer' ? 'min-h-14 py-1.5' : 'min-h-11 py-0.5',
            width,
          )}
        >
          <Link
            href={temper === 'desk' ? ('/desk' as Route) : '/'}
            className="flex min-h-9 items-center gap-2 rounded-sm font-semibold tracking-tight"
          >
            <Logo />
            <span>{t('product')}</span>
          </Link>
          <nav
            aria-label={t('nav')}
            className="order-last flex w-full gap-1 overflow-x-auto empty:hidden sm:order-none sm:w-auto"
          >
            <NavLinks links={links.length > 1 ? links : []} />
          </nav>
          <div className="ml-auto flex items-center sm:gap-1">
            <PreferenceSwitches />
            {person === null ? null : (
              <Person
                person={person}
                {...(signOut === undefined ? {} : { signOut })}
                words={{ account: t('account'), signOut: t('signOut') }}
              />
            )}
          </div>
        </div>
      </header>
      <div className={cx('mx-auto w-full flex-1', width, temper === 'customer' ? 'py-6 sm:py-8' : 'py-3')}>{children}</div>
    </div>
  )
}

function Person({
  person,
  signOut,
  words,
}: {
  person: { name: string; as?: string }
  signOut?: () => Promise<void>
  words: { account: string; signOut: string }
}): ReactNode {
  return (
    <div className="flex items-center sm:gap-1 sm:border-l sm:border-line sm:pl-2">
      <Link
        href={'/account' as Route}
        title={words.account}
        className="flex h-9 min-w-9 items-center justify-center rounded-md text-sm hover:bg-hover sm:px-2"
      >
        <CircleUserRound className="size-4 text-soft sm:hidden" aria-hidden="true" />
        <span className="max-w-56 truncate lg:max-w-96 max-sm:sr-only">
          {person.name}
          {person.as === undefined ? null : <span className="ml-1.5 hidden text-faint lg:inline">{person.as}</span>}
        </span>
      </Link>
      {signOut === undefined ? null : (
        <form action={signOut}>
          <button
            type="submit"
            aria-label={words.signOut}
            title={words.signOut}
            className="grid size-9 place-items-center rounded-md text-soft hover:bg-hover hover:text-ink"
          >
            <LogOut className="size-4" aria-hidden="true" />
          </button>
        </form>
      )}
    </div>
  )
}
