import type { Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Shell } from '#app/_ui/shell.tsx'
import { signOut } from '#app/sign-in/actions.ts'
import { currentActor } from '#lib/identity/current-actor.ts'
import { requireDemo } from './require-demo.ts'

/** The frame of the demo's own pages; anybody may look, signed in or not. */
export default async function DemoLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  requireDemo()
  const [t, actor] = [await getTranslations('demo'), await currentActor()]
  const links = [
    { href: '/demo' as Route, label: t('stories') },
    { href: '/demo/people' as Route, label: t('people') },
    { href: '/demo/mail' as Route, label: t('mail') },
    { href: '/sign-in' as Route, label: t('signIn') },
  ]
  return (
    <Shell temper="customer" links={links} person={actor ? { name: actor.name } : null} signOut={signOut}>
      {children}
    </Shell>
  )
}
