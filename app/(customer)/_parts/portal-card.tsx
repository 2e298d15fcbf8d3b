import History from 'lucide-react/icons/history'
import type { Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { RestorePointTimeline } from '#app/_ui/restore-point-timeline.tsx'
import { deletionCliff } from '#app/_ui/restore-points.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import type { MyPortal } from '#lib/portals/read-my-portals.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'

/** One portal: its last days, and the one button. When much has vanished it says first that nothing is lost yet. */
export async function PortalCard({
  portal,
  retentionDays,
  now,
}: {
  portal: MyPortal
  retentionDays: number
  now: Date
}): Promise<ReactNode> {
  const [t, actor] = await Promise.all([getTranslations('home'), requireActor()])
  const { portalId, timeZone, edition } = portal
  const listed =
    edition === 'self_hosted'
      ? null
      : await listSnapshots(deskDb(), actor, { portalId, retentionDays, labels: ['daily', 'manual'] })
  const points = listed?.snapshots ?? []
  const cliff = deletionCliff(points)
  return (
    <Card
      title={portal.name}
      aside={
        <span className="flex flex-wrap gap-x-3">
          <span>{t(`relation.${portal.relation}`)}</span>
          <span>{t('plan', { plan: portal.plan })}</span>
          <span className="figures">{t('people', { count: portal.userCount })}</span>
        </span>
      }
    >
      <div className="space-y-5">
        {cliff ? (
          <Callout tone="good" title={t('nothingLost')}>
            {t('nothingLostWhy', { count: cliff.deleted })}
          </Callout>
        ) : null}
        {edition === 'self_hosted' ? (
          <p className="text-soft">{t('selfHosted')}</p>
        ) : points.length === 0 ? (
          <p className="text-soft">{t('noPoints', { days: retentionDays })}</p>
        ) : (
          <RestorePointTimeline
            {...{ points, now, timeZone, retentionDays }}
            holes={listed?.holes ?? []}
            legend={t('points', { portal: portal.name })}
          />
        )}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <ButtonLink
            variant="primary"
            href={`/restore/${encodeURIComponent(portal.externalId)}` as Route}
            icon={<History aria-hidden="true" />}
          >
            {edition === 'self_hosted' ? t('howTo') : t('start')}
          </ButtonLink>
          <p className="text-sm text-soft">{t('startNote')}</p>
        </div>
      </div>
    </Card>
  )
}
