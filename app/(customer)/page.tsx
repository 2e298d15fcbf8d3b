import Inbox from 'lucide-react/icons/inbox'
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { requireActor } from '#lib/identity/current-actor.ts'
import { readMyPortals } from '#lib/portals/read-my-portals.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { readMyTickets } from '#lib/tickets/read-my-tickets.ts'
import { readPolicy } from '#lib/tickets/read-policy.ts'
import { EmptyState } from '../_ui/empty-state.tsx'
import { LiveRefresh } from '../_ui/live-refresh.tsx'
import { recoverableLoss } from '../_ui/restore-points.ts'
import { liveWords } from './_parts/live-words.ts'
import { MyTickets } from './_parts/my-tickets.tsx'
import { PortalCard } from './_parts/portal-card.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('home'))('nav') }
}

/** Home: my portals with their restore points, my tickets, one button each. */
export default async function HomePage(): Promise<ReactNode> {
  const actor = await requireActor()
  const [t, portals, tickets, { policy, now }, live] = await Promise.all([
    getTranslations('home'),
    readMyPortals(deskDb(), actor),
    readMyTickets(deskDb(), actor),
    readPolicy(deskDb(), actor),
    liveWords(),
  ])
  const cards = await Promise.all(
    portals.map(async (portal) => ({
      portal,
      listed:
        portal.edition === 'self_hosted'
          ? null
          : await listSnapshots(deskDb(), actor, {
              portalId: portal.portalId,
              retentionDays: policy.retentionDays,
              labels: ['daily', 'manual'],
            }),
    })),
  )
  // Who has lost something sees that before anything else.
  const lost = cards.filter(({ portal, listed }) => portal.status === 'active' && recoverableLoss(listed?.snapshots ?? []))
  const card = (each: (typeof cards)[number]) => (
    <PortalCard key={each.portal.portalId} actor={actor} {...each} retentionDays={policy.retentionDays} now={now} />
  )
  if (portals.length === 0 && actor.deskRoles.length > 0) redirect('/desk')
  return (
    <main id="main" tabIndex={-1} className="space-y-8 outline-none">
      <header className="space-y-1">
        <h1 className="text-2xl font-semibold">{t('title', { name: actor.name.split(' ')[0] ?? '' })}</h1>
        {portals.some(({ edition, status }) => edition === 'cloud' && status === 'active') ? (
          <p className="max-w-prose text-soft">
            {t(portals.every(({ relation }) => relation === 'owner') ? 'calmOwner' : 'calm')}
          </p>
        ) : null}
      </header>
      {lost.map(card)}
      {tickets.length > 0 ? <MyTickets tickets={tickets} now={now} timeZone={actor.timeZone} /> : null}
      {cards.filter((each) => !lost.includes(each)).map(card)}
      {portals.length === 0 ? (
        <EmptyState icon={<Inbox aria-hidden="true" />} title={t('noPortal')}>
          {t('noPortalWhy')}
        </EmptyState>
      ) : null}
      <LiveRefresh words={live} />
    </main>
  )
}
