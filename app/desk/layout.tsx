import type { Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { LiveRefresh } from '#app/_ui/live-refresh.tsx'
import { Shell } from '#app/_ui/shell.tsx'
import { signOut } from '#app/sign-in/actions.ts'
import { requireStaff } from './_parts/require-staff.ts'

/** The desk's frame: where one may go by role, and one stream for all that changes. */
export default async function DeskLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  const [actor, t, shell] = await Promise.all([requireStaff(), getTranslations('desk'), getTranslations('shell')])
  const links = [
    { href: '/desk' as Route, label: t('queue') },
    ...(actor.deskRoles.includes('approver') ? [{ href: '/desk/approvals' as Route, label: t('approvals') }] : []),
  ]
  const as = actor.deskRoles.map((role) => t(`as.${role}`)).join(', ')
  return (
    <Shell temper="desk" links={links} person={{ name: actor.name, as }} signOut={signOut}>
      {children}
      <LiveRefresh words={{ updated: shell('updated'), offline: shell('offline') }} />
    </Shell>
  )
}
