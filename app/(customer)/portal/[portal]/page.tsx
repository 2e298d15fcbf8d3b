import History from 'lucide-react/icons/history'
import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { PollRefresh } from '#app/_ticket/poll-refresh.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { PointSurvival } from '#app/_ui/point-survival.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { RestorePointTimeline } from '#app/_ui/restore-point-timeline.tsx'
import type { RestorePoint } from '#app/_ui/restore-points.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { secondPlaceOf } from '#lib/domain/survival.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { readMassDeletions } from '#lib/snapshots/read-mass-deletions.ts'
import { readNewRestore } from '#lib/tickets/read-new-restore.ts'
import { CaptureForm } from './capture-form.tsx'

type Props = { params: Promise<{ portal: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> }

const querySchema = z.object({ asked: z.iso.datetime({ offset: true }).optional().catch(undefined) })

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('catalogue'))('title') }
}

/** A portal's restore points: its calendar with holes, holds and proofs, and one made by hand where the reader is its owner. */
export default async function CataloguePage({ params, searchParams }: Props): Promise<ReactNode> {
  const actor = await requireActor()
  const [{ portal: externalId }, address] = await Promise.all([params, searchParams])
  const [t, locale, facts] = await Promise.all([
    getTranslations('catalogue'),
    getLocale(),
    readNewRestore(deskDb(), actor, decodeURIComponent(externalId)),
  ])
  if (facts === null) notFound()
  const { portal, policy, now, refusal, isOwner } = facts
  const { timeZone } = portal
  const [listed, deletions] =
    portal.edition === 'self_hosted'
      ? [null, []]
      : await Promise.all([
          listSnapshots(deskDb(), actor, {
            portalId: portal.id,
            retentionDays: policy.retentionDays,
            labels: ['daily', 'manual'],
          }),
          readMassDeletions(deskDb(), actor, portal.id),
        ])
  const points = listed?.snapshots ?? []
  const everywhere = (listed?.inEveryPlace ?? []).map((point) => ({
    ...point,
    place: point.place && { ...point.place, name: null },
  }))
  // Where the copies lie is told in words; names of machines stay with the desk, whoever reads this page.
  const second = secondPlaceOf(everywhere)
  const { asked } = querySchema.parse(address)
  const made = asked === undefined ? null : madeSince(points, new Date(asked), now)
  return (
    <main id="main" tabIndex={-1} className="space-y-6 outline-none">
      <PageHeader
        title={t('title')}
        back={{ href: '/', label: portal.name }}
        facts={<span>{t('intro', { days: policy.retentionDays, hours: policy.captureEveryHours })}</span>}
      />
      {refusal === null ? null : <RefusalCard refusal={await sayRefusal(refusal, actor.timeZone)} />}
      {made === 'waiting' ? (
        <Callout title={t('making')}>
          <output>{t('makingWhy')}</output>
          <PollRefresh everyMs={2000} />
        </Callout>
      ) : null}
      {made === null || made === 'waiting' ? null : <Made point={made} {...{ locale, timeZone }} />}
      {listed === null ? null : (
        <Card title={t('calendar', { days: policy.retentionDays })}>
          {points.length === 0 ? (
            <p className="text-soft">{t('none', { days: policy.retentionDays })}</p>
          ) : (
            <div className="space-y-5">
              <RestorePointTimeline
                {...{ points, deletions, now, timeZone }}
                holes={listed.holes}
                retentionDays={policy.retentionDays}
                legend={t('calendar', { days: policy.retentionDays })}
              />
              {refusal === null ? (
                <ButtonLink
                  variant="quiet"
                  href={`/restore/${encodeURIComponent(portal.externalId)}` as Route}
                  icon={<History aria-hidden="true" />}
                >
                  {t('restore')}
                </ButtonLink>
              ) : null}
            </div>
          )}
        </Card>
      )}
      {everywhere.some(({ state }) => state === 'ready' || state === 'bad') ? (
        <Card title={t('survives')}>
          <div className="space-y-4">
            {second.kind === 'none' ? null : <p className="max-w-prose">{t(`place.${second.kind}`)}</p>}
            <PointSurvival points={everywhere} timeZone={timeZone} />
          </div>
        </Card>
      ) : null}
      {listed !== null && isOwner && refusal === null ? (
        <Card title={t('now')}>
          <CaptureForm portalId={portal.id} portal={portal.externalId} maximum={policy.ownCapturesPerDay} />
        </Card>
      ) : null}
    </main>
  )
}

/** Somebody's own restore point that was asked for just now, as far as it has come; what is an hour old needs no telling any more. */
function madeSince(points: RestorePoint[], asked: Date, now: Date): RestorePoint | 'waiting' | null {
  if (now.getTime() - asked.getTime() > 3_600_000) return null
  const own = points.find(({ label, startedAt }) => label === 'manual' && startedAt >= asked)
  return own === undefined || own.state === 'capturing' ? 'waiting' : own
}

async function Made({
  point,
  locale,
  timeZone,
}: {
  point: RestorePoint
  locale: 'en' | 'pl'
  timeZone: string
}): Promise<ReactNode> {
  const t = await getTranslations('catalogue')
  const ready = point.state === 'ready' && point.completedAt !== null
  return (
    <Callout tone={ready ? 'good' : 'danger'} title={ready ? t('made') : t('notMade')}>
      {ready && point.completedAt !== null
        ? t('madeWhy', { note: point.note ?? '', time: absoluteTime(point.completedAt, { locale, timeZone }) })
        : t('notMadeWhy')}
    </Callout>
  )
}
