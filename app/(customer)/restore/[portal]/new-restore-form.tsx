import ArrowRight from 'lucide-react/icons/arrow-right'
import Scale from 'lucide-react/icons/scale'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { AskedLoss } from '#app/_ticket/asked-loss.tsx'
import { CompareOnChange } from '#app/_ticket/compare-on-change.tsx'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { DraftKeeper } from '#app/_ui/draft-keeper.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field, Textarea } from '#app/_ui/field.tsx'
import { differsInNothing } from '#app/_ui/loss-preview.tsx'
import { RestorePointTimeline } from '#app/_ui/restore-point-timeline.tsx'
import type { Hole, RestorePoint } from '#app/_ui/restore-points.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { AskedPreview } from '#lib/tickets/read-asked-preview.ts'
import type { NewRestore } from '#lib/tickets/read-new-restore.ts'
import { startRestore } from './actions.ts'
import { ScopeChoice } from './scope-choice.tsx'

type Props = {
  facts: NewRestore
  points: RestorePoint[]
  holes: Hole[]
  preview: AskedPreview | null
  reader: Person
  chosen: { scope: 'crm' | 'full'; snapshotId: string | null }
}

/** One form, two buttons: "Compare" shows the price, "Open ticket" is there only beside it. */
export async function NewRestoreForm({ facts, points, holes, preview, reader, chosen }: Props): Promise<ReactNode> {
  const t = await getTranslations('newRestore')
  const { portal, policy, now } = facts
  return (
    <ActionForm
      action={startRestore}
      label={t('title')}
      className="space-y-6"
      hidden={{ portal: portal.externalId, portalId: portal.id, ...(preview === null ? {} : { previewId: preview.id }) }}
      idempotencyKey={crypto.randomUUID()}
    >
      <Card title={t('step.missing')}>
        <div className="space-y-4">
          <Field name="subject" label={t('subject')} hint={t('subjectHint')} maxLength={200} autoComplete="off" />
          <Textarea name="reason" label={t('reason')} hint={t('reasonHint')} maxLength={10_000} />
          <details>
            <summary className="inline-flex min-h-11 items-center text-accent">{t('onlyOne')}</summary>
            <div className="mt-1">
              <Field
                name="onlyForPerson"
                label={t('onlyForPerson')}
                hint={t('onlyForPersonHint')}
                maxLength={200}
                autoComplete="off"
              />
            </div>
          </details>
          <DraftKeeper
            id={`restore:${portal.externalId}`}
            owner={reader.userId}
            fields={['subject', 'reason', 'onlyForPerson']}
            restored={t('draft')}
          />
        </div>
      </Card>
      <Card title={t('step.scope')}>
        <ScopeChoice facts={facts} chosen={chosen.scope} />
      </Card>
      <Card title={t('step.point')} aside={t('kept', { days: policy.retentionDays })}>
        <RestorePointTimeline
          {...{ points, holes, now }}
          timeZone={portal.timeZone}
          retentionDays={policy.retentionDays}
          name="snapshotId"
          chosen={chosen.snapshotId}
          legend={t('step.point')}
        />
        <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
          <EventButton event="COMPARE" variant={preview === null ? 'primary' : 'quiet'} icon={<Scale aria-hidden="true" />}>
            {preview === null ? t('compare') : t('compareAgain')}
          </EventButton>
          <p className="text-sm text-soft">{t('compareNote')}</p>
        </div>
        <CompareOnChange fields={['scope', 'snapshotId']} active={preview !== null} />
      </Card>
      {preview === null ? null : (
        <Card title={t('step.loss')} id="preview">
          <AskedLoss preview={preview} timeZone={portal.timeZone} readerZone={reader.timeZone} />
        </Card>
      )}
      {preview?.state === 'ready' && preview.report !== null && !differsInNothing(preview.report) ? (
        <Card title={t('step.send')}>
          <div className="space-y-4">
            <p className="text-soft">{facts.isOwner ? t('nextOwner') : t('nextMember', { owner: facts.ownerName ?? '–' })}</p>
            <EventButton event="OPEN_TICKET" icon={<ArrowRight aria-hidden="true" />}>
              {t('send')}
            </EventButton>
          </div>
        </Card>
      ) : null}
    </ActionForm>
  )
}
