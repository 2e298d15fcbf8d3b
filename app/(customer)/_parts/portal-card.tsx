import CirclePause from 'lucide-react/icons/circle-pause'
import History from 'lucide-react/icons/history'
import type { Route } from 'next'
import Link from 'next/link'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { RestorePointTimeline } from '#app/_ui/restore-point-timeline.tsx'
import { recoverableLoss } from '#app/_ui/restore-points.ts'
import { sayPlan } from '#app/_ui/say-plan.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { MyPortal } from '#lib/portals/read-my-portals.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import type { Listed } from '#lib/snapshots/list-snapshots.ts'
import { readMassDeletions } from '#lib/snapshots/read-mass-deletions.ts'
import { MassDeletion } from './mass-deletion.tsx'
import { SuspendedHelp } from './suspended-help.tsx'

/** One portal: its last days, and the one button. When much has vanished, that comes first: nothing is lost yet, until when, and the button. */
export async function PortalCard({
  actor,
  portal,
  listed,
  retentionDays,
  now,
}: {
  actor: Person
  portal: MyPortal
  listed: Listed | null
  retentionDays: number
  now: Date
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('home'), getLocale()])
  const { timeZone, edition } = portal
  const points = listed?.snapshots ?? []
  const deletions = edition === 'self_hosted' ? [] : await readMassDeletions(deskDb(), actor, portal.portalId)
  const loss = portal.status === 'active' && deletions.length === 0 ? recoverableLoss(points) : null
  const until = loss?.before.heldUntil ?? loss?.before.keptUntil ?? null
  const time = (at: Date) => absoluteTime(at, { locale, timeZone })
  const start = (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <ButtonLink
        variant={portal.status === 'active' && deletions.length === 0 ? 'primary' : 'quiet'}
        href={`/restore/${encodeURIComponent(portal.externalId)}` as Route}
        icon={<History aria-hidden="true" />}
      >
        {edition === 'self_hosted' ? t('howTo') : t('start')}
      </ButtonLink>
      {edition === 'self_hosted' ? null : (
        <p className="text-sm text-soft">{t(portal.status === 'active' ? 'startNote' : 'startNot')}</p>
      )}
    </div>
  )
  return (
    <Card
      title={portal.name}
      aside={
        <span className="flex flex-wrap gap-x-3">
          <span>{t(`relation.${portal.relation}`)}</span>
          {edition === 'self_hosted' ? null : <span>{t('plan', { plan: await sayPlan(portal.plan) })}</span>}
          <span className="figures">{t('people', { count: portal.userCount })}</span>
        </span>
      }
    >
      <div className="space-y-5">
        {deletions.map((deletion) => (
          <MassDeletion
            key={deletion.id}
            {...{ deletion, timeZone }}
            action={{
              href: `/restore/${encodeURIComponent(portal.externalId)}?deletion=${deletion.id}` as Route,
              portalId: portal.portalId,
              isOwner: portal.relation === 'owner',
            }}
          />
        ))}
        {loss ? (
          <Callout tone="good" title={t('nothingLost')} action={start}>
            {t('nothingLostWhy', { count: loss.deleted })}{' '}
            {until === null ? null : (
              <span className="figures font-medium">
                {t('nothingLostUntil', { point: time(loss.before.completedAt ?? loss.before.startedAt), time: time(until) })}
              </span>
            )}
          </Callout>
        ) : null}
        {portal.status === 'suspended' ? (
          <Callout tone="warn" icon={<CirclePause aria-hidden="true" />} title={t('suspended')}>
            <p>{t('suspendedWhy')}</p>
            <SuspendedHelp points={points} timeZone={timeZone} retentionDays={retentionDays} />
          </Callout>
        ) : null}
        {edition === 'self_hosted' ? (
          <p className="text-soft">{t('selfHosted')}</p>
        ) : points.length === 0 ? (
          <p className="text-soft">{t('noPoints', { days: retentionDays })}</p>
        ) : (
          <RestorePointTimeline
            {...{ points, deletions, now, timeZone, retentionDays }}
            holes={listed?.holes ?? []}
            legend={t('points', { portal: portal.name })}
            cliffSaid={loss !== null || deletions.length > 0}
          />
        )}
        {loss ? null : start}
        {edition === 'self_hosted' ? null : (
          <Link
            href={`/portal/${encodeURIComponent(portal.externalId)}` as Route}
            className="inline-flex min-h-8 items-center text-sm text-accent underline underline-offset-2 hover:text-accent-strong"
          >
            {t('allPoints')}
          </Link>
        )}
      </div>
    </Card>
  )
}
