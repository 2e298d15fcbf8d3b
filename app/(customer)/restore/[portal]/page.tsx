import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { AnotherMoment } from '#app/_ticket/another-moment.tsx'
import { askedMoment, chosenMoment, momentAskedAt } from '#app/_ticket/asked-moment.ts'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { deletionCliff, pointBefore, type RestorePoint, usablePoint } from '#app/_ui/restore-points.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Person } from '#lib/domain/actor.ts'
import { isWhole, scopes } from '#lib/domain/policy/policy.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { readMassDeletion, readMassDeletions } from '#lib/snapshots/read-mass-deletions.ts'
import { readAskedPreview } from '#lib/tickets/read-asked-preview.ts'
import { readAskedSearch } from '#lib/tickets/read-asked-search.ts'
import { readNewRestore } from '#lib/tickets/read-new-restore.ts'
import { readOfferedMoments } from '#lib/tickets/read-offered-moments.ts'
import { SuspendedHelp } from '../../_parts/suspended-help.tsx'
import { FindRecord } from './find/find-record.tsx'
import { NewRestoreForm } from './new-restore-form.tsx'
import { SelfHostedGuide } from './self-hosted-guide.tsx'

type Props = { params: Promise<{ portal: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> }

const querySchema = z.object({
  deletion: z.uuid().optional().catch(undefined),
  preview: z.uuid().optional().catch(undefined),
  scope: z.enum(scopes).optional().catch(undefined),
  snapshot: z.uuid().optional().catch(undefined),
  search: z.uuid().optional().catch(undefined),
  moment: momentAskedAt,
  /** Records of the search that were ticked, by their places. */
  records: z
    .string()
    .regex(/^[\d ]{0,200}$/)
    .optional()
    .catch(undefined),
})

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('newRestore'))('title') }
}

/** A new restore on one page: what is missing, how much goes back, to when, what that costs, send. */
export default async function NewRestorePage({ params, searchParams }: Props): Promise<ReactNode> {
  const actor = await requireActor()
  const [{ portal: externalId }, address] = await Promise.all([params, searchParams])
  const query = querySchema.parse(address)
  const [t, facts, asked, searched] = await Promise.all([
    getTranslations('newRestore'),
    readNewRestore(deskDb(), actor, decodeURIComponent(externalId)),
    query.preview === undefined ? null : readAskedPreview(deskDb(), actor, query.preview),
    query.search === undefined ? null : readAskedSearch(deskDb(), actor, query.search),
  ])
  if (facts === null) notFound()
  const preview = asked?.portalId === facts.portal.id && asked.purpose === 'restore' ? asked : null
  const search = searched?.portalId === facts.portal.id ? searched : null
  const [listed, { deletion, deletions }, moments] = await Promise.all([
    facts.refusal === null || facts.refusal.code === 'portal_suspended'
      ? listSnapshots(deskDb(), actor, {
          portalId: facts.portal.id,
          retentionDays: facts.policy.retentionDays,
          labels: ['daily', 'manual'],
        })
      : null,
    deletionsOf(actor, facts.portal.id, query.deletion),
    facts.refusal === null ? readOfferedMoments(deskDb(), actor, facts.portal.id) : null,
  ])
  const points = listed?.snapshots ?? []
  const usable = points.filter(({ state }) => state === 'ready')
  const moment = askedMoment(points, query.moment, facts.now)
  return (
    <main id="main" tabIndex={-1} className="space-y-6 outline-none">
      <PageHeader
        title={t('title')}
        back={{ href: '/', label: facts.portal.name }}
        {...(facts.refusal === null ? { facts: <span>{t('intro')}</span> } : {})}
      />
      {facts.refusal === null ? null : (
        <RefusalCard refusal={await sayRefusal(facts.refusal, actor.timeZone)}>
          {facts.portal.edition === 'self_hosted' ? <SelfHostedGuide /> : null}
          {facts.refusal.code === 'portal_suspended' ? (
            <SuspendedHelp points={points} timeZone={facts.portal.timeZone} retentionDays={facts.policy.retentionDays} />
          ) : null}
        </RefusalCard>
      )}
      {facts.live === null || facts.refusal !== null ? null : (
        <Callout
          tone="warn"
          title={t('live', { number: String(facts.live.number) })}
          action={<ButtonLink href={`/tickets/${facts.live.number}` as Route}>{t('liveOpen')}</ButtonLink>}
        >
          {t('liveWhy')}
        </Callout>
      )}
      {facts.refusal === null && usable.length === 0 ? <Callout title={t('noPoints')}>{t('noPointsWhy')}</Callout> : null}
      {facts.refusal === null && usable.length > 0 && facts.searches !== null ? (
        <FindRecord
          portal={facts.portal}
          search={search}
          scope={facts.searches}
          offered={facts.scopes}
          usable={usable.map(({ id }) => id)}
          ticked={placesOf(query.records)}
          chosen={query.snapshot ?? null}
        />
      ) : null}
      {moments === null ? null : (
        <AnotherMoment
          {...{ moments }}
          portalId={facts.portal.id}
          page={`/restore/${encodeURIComponent(facts.portal.externalId)}`}
          kept={given({ deletion: query.deletion, scope: query.scope, search: query.search, records: query.records })}
          proposed={deletion === null ? null : new Date(deletion.from.getTime() - MINUTE_MS)}
          asked={moment}
        />
      )}
      {facts.refusal === null && usable.length > 0 ? (
        <NewRestoreForm
          // What was found and chosen stays in the address while its price is looked at.
          momentId={chosenMoment(moment)}
          found={search === null ? {} : { search: search.id, records: query.records ?? '', snapshot: query.snapshot ?? '' }}
          facts={facts}
          points={points}
          holes={listed?.holes ?? []}
          preview={preview}
          reader={actor}
          {...{ deletion, deletions }}
          chosen={{
            scope: preview?.scope ?? query.scope ?? deletion?.proposed?.scope ?? facts.scopes.find(isWhole) ?? 'crm',
            snapshotId:
              (preview === null ? null : usablePoint(points, preview.snapshotId)) ??
              chosenMoment(moment) ??
              query.snapshot ??
              deletion?.proposed?.snapshotId ??
              proposed(points)?.id ??
              null,
          }}
        />
      ) : null}
    </main>
  )
}

/** The one that a link named, and all that the timeline shows: what nobody has acted on yet, and the named one whatever became of it. */
async function deletionsOf(actor: Person, portalId: string, alertId: string | undefined) {
  const [deletion, open] = await Promise.all([
    alertId === undefined ? null : readMassDeletion(deskDb(), actor, { portalId, alertId }),
    readMassDeletions(deskDb(), actor, portalId),
  ])
  return { deletion, deletions: [...open.filter(({ id }) => id !== deletion?.id), ...(deletion === null ? [] : [deletion])] }
}

const MINUTE_MS = 60_000

const given = (query: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))

const placesOf = (records: string | undefined): number[] => (records ?? '').split(' ').filter(Boolean).map(Number)

/** The newest point, or the last one before a mass deletion (S28). */
function proposed(points: RestorePoint[]): RestorePoint | null {
  const ready = points
    .filter(({ state, completedAt }) => state === 'ready' && completedAt !== null)
    .sort((one, other) => (other.completedAt?.getTime() ?? 0) - (one.completedAt?.getTime() ?? 0))
  const cliff = deletionCliff(points)
  return (cliff === null ? null : pointBefore(points, cliff)) ?? ready[0] ?? null
}
