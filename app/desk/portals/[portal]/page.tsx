import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { cache, type ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { PointSurvival } from '#app/_ui/point-survival.tsx'
import { RestorePointTimeline } from '#app/_ui/restore-point-timeline.tsx'
import { sayPlan } from '#app/_ui/say-plan.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { readMassDeletions } from '#lib/snapshots/read-mass-deletions.ts'
import { readDeskPortal } from '#lib/tickets/read-desk-portal.ts'
import { FailedCaptures } from '../../_parts/failed-captures.tsx'
import { queueAddress } from '../../_parts/queue-address.ts'
import { requireStaff } from '../../_parts/require-staff.ts'
import { SecondPlace } from '../../_parts/second-place.tsx'

type Props = { params: Promise<{ portal: string }> }

/** The portal with its reader; a 404 for what is not there, and for whoever is not of the desk. Read once a request. */
const readPortal = cache(async (address: string) => {
  const actor = await requireStaff()
  const read = await readDeskPortal(deskDb(), actor, decodeURIComponent(address))
  if (read === null) notFound()
  return { actor, ...read }
})

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await readPortal((await params).portal)).portal.name }
}

/** A portal for the desk: its restore points, what each would survive, whether there is a second place, and why captures failed. */
export default async function DeskPortalPage({ params }: Props): Promise<ReactNode> {
  const [t, { portal: address }] = await Promise.all([getTranslations('deskPortal'), params])
  const { actor, portal, now, retentionDays, captureEveryHours } = await readPortal(address)
  const { timeZone } = portal
  const hosted = portal.edition === 'cloud'
  const [listed, deletions] = hosted
    ? await Promise.all([
        listSnapshots(deskDb(), actor, { portalId: portal.id, retentionDays, labels: ['daily', 'manual'] }),
        readMassDeletions(deskDb(), actor, portal.id),
      ])
    : [null, []]
  const points = listed?.snapshots ?? []
  const everywhere = listed?.inEveryPlace ?? []
  const copied = everywhere.some(({ state }) => state === 'ready' || state === 'bad')
  return (
    <main id="main" tabIndex={-1} className="space-y-4 outline-none">
      <PageHeader
        title={portal.name}
        back={{ href: '/desk', label: t('queue') }}
        facts={
          <>
            <span>{t('plan', { plan: await sayPlan(portal.plan) })}</span>
            <span className="figures">{t('people', { count: portal.userCount })}</span>
            <span>{t(`status.${portal.status}`)}</span>
            {portal.filesPath === null ? null : (
              <span className="min-w-0 break-all">{t('files', { path: portal.filesPath })}</span>
            )}
            <Link
              className="inline-block min-h-6 text-accent underline underline-offset-2"
              href={queueAddress({ view: 'all', q: portal.name, scope: undefined, cursor: undefined })}
            >
              {t('tickets')}
            </Link>
          </>
        }
      />
      {listed === null ? <p className="max-w-prose text-soft">{t('selfHosted')}</p> : null}
      <SecondPlace points={everywhere} timeZone={timeZone} />
      {listed === null ? null : (
        <Card title={t('points')} aside={t('captured', { hours: captureEveryHours, days: retentionDays })} dense>
          {points.length === 0 ? (
            <p className="text-soft">{t('none')}</p>
          ) : (
            <RestorePointTimeline
              {...{ points, deletions, now, timeZone, retentionDays }}
              holes={listed.holes}
              legend={t('points')}
            />
          )}
        </Card>
      )}
      {copied ? (
        <Card title={t('survives')} dense>
          <PointSurvival points={everywhere} timeZone={timeZone} dense />
          <p className="mt-3 max-w-prose text-dense text-soft">{t('survivesHow')}</p>
        </Card>
      ) : null}
      <FailedCaptures points={everywhere} timeZone={timeZone} />
    </main>
  )
}
