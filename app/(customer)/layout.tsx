import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { signOut } from '#app/sign-in/actions.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import type { NavLink } from '../_ui/nav-links.tsx'
import { Shell } from '../_ui/shell.tsx'

/** The frame of a customer's pages. Whoever is not signed in gets a true 401 here, before anything has been sent. */
export default async function CustomerLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  const [actor, t] = await Promise.all([requireActor(), getTranslations('home')])
  const links: NavLink[] = [
    { href: '/', label: t('nav') },
    ...(actor.deskRoles.length > 0 ? [{ href: '/desk' as const, label: t('desk') }] : []),
  ]
  return (
    <Shell temper="customer" links={links} person={{ name: actor.name }} signOut={signOut}>
      {children}
    </Shell>
  )
}
