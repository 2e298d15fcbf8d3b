import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { deletionCliff, type RestorePoint } from '#app/_ui/restore-points.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { readAskedPreview } from '#lib/tickets/read-asked-preview.ts'
import { readNewRestore } from '#lib/tickets/read-new-restore.ts'
import { NewRestoreForm } from './new-restore-form.tsx'
import { SelfHostedGuide } from './self-hosted-guide.tsx'

type Props = { params: Promise<{ portal: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> }

const querySchema = z.object({
  preview: z.uuid().optional().catch(undefined),
  scope: z.enum(['crm', 'full']).optional().catch(undefined),
  snapshot: z.uuid().optional().catch(undefined),
})

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('newRestore'))('title') }
}

/** A new restore on one page: what is missing, how much goes back, to when, what that costs, send. */
export default async function NewRestorePage({ params, searchParams }: Props): Promise<ReactNode> {
  const actor = await requireActor()
  const [{ portal: externalId }, search] = await Promise.all([params, searchParams])
  const query = querySchema.parse(search)
  const [t, facts, asked] = await Promise.all([
    getTranslations('newRestore'),
    readNewRestore(deskDb(), actor, decodeURIComponent(externalId)),
    query.preview === undefined ? null : readAskedPreview(deskDb(), actor, query.preview),
  ])
  if (facts === null) notFound()
  const preview = asked?.portalId === facts.portal.id && asked.purpose === 'restore' ? asked : null
  const listed =
    facts.refusal === null
      ? await listSnapshots(deskDb(), actor, {
          portalId: facts.portal.id,
          retentionDays: facts.policy.retentionDays,
          labels: ['daily', 'manual'],
        })
      : null
  const points = listed?.snapshots ?? []
  const usable = points.filter(({ state }) => state === 'ready')
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
      {facts.refusal === null && usable.length > 0 ? (
        <NewRestoreForm
          facts={facts}
          points={points}
          holes={listed?.holes ?? []}
          preview={preview}
          reader={actor}
          chosen={{
            scope: preview?.scope ?? query.scope ?? 'crm',
            snapshotId: preview?.snapshotId ?? query.snapshot ?? proposed(points)?.id ?? null,
          }}
        />
      ) : null}
    </main>
  )
}

/** The newest point, or the last one before a mass deletion (S28). */
function proposed(points: RestorePoint[]): RestorePoint | null {
  const ready = points
    .filter(({ state, completedAt }) => state === 'ready' && completedAt !== null)
    .sort((one, other) => (other.completedAt?.getTime() ?? 0) - (one.completedAt?.getTime() ?? 0))
  const cliff = deletionCliff(points)
  const before = cliff === null ? null : ready.find(({ completedAt }) => completedAt !== null && completedAt < cliff.completedAt)
  return before ?? ready[0] ?? null
}
