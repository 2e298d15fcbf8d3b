import ArrowRight from 'lucide-react/icons/arrow-right'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { AskedLoss } from '#app/_ticket/asked-loss.tsx'
import { ComparePoints } from '#app/_ticket/compare-points.tsx'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { DraftKeeper } from '#app/_ui/draft-keeper.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field, Textarea } from '#app/_ui/field.tsx'
import { about, number } from '#app/_ui/format/numbers.ts'
import { spanWords } from '#app/_ui/format/time.ts'
import { differsInNothing } from '#app/_ui/loss-preview.tsx'
import type { Hole, RestorePoint } from '#app/_ui/restore-points.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import type { MassDeletionRead } from '#lib/snapshots/read-mass-deletions.ts'
import type { AskedPreview } from '#lib/tickets/read-asked-preview.ts'
import type { NewRestore } from '#lib/tickets/read-new-restore.ts'
import { MassDeletion } from '../../_parts/mass-deletion.tsx'
import { startRestore } from './actions.ts'
import { ScopeChoice } from './scope-choice.tsx'

type Props = {
  facts: NewRestore
  points: RestorePoint[]
  holes: Hole[]
  preview: AskedPreview | null
  reader: Person
  /** R15: what the ticket is to be about, where a link of an alarm led here; and all that the timeline shows. */
  deletion: MassDeletionRead | null
  deletions: MassDeletionRead[]
  chosen: { scope: Scope; snapshotId: string | null }
  /** The restore point of a moment that was asked for, once it is there. */
  momentId: string | null
  /** The search by which a point was chosen, as the page's address has it; empty without one. */
  found: Record<string, string>
}

/** One form, two buttons: "Compare" shows the price, "Open ticket" is there only beside it. */
export async function NewRestoreForm({
  facts,
  points,
  holes,
  preview,
  reader,
  deletion,
  deletions,
  chosen,
  momentId,
  found,
}: Props): Promise<ReactNode> {
  const t = await getTranslations('newRestore')
  const { portal, policy, now } = facts
  const words = deletion === null ? { subject: '', reason: '' } : await wordsFor(deletion, portal.timeZone)
  // Radio buttons keep what was pressed; a choice made by the search replaces it.
  const ticked = (found.records ?? '').split(' ').filter(Boolean).length
  const chosenBySearch = `${found.snapshot ?? ''} ${found.records ?? ''}`
  return (
    <ActionForm
      action={startRestore}
      label={t('title')}
      className="space-y-6"
      hidden={{
        portal: portal.externalId,
        portalId: portal.id,
        found: new URLSearchParams(found).toString(),
        ...(preview === null ? {} : { previewId: preview.id }),
        ...(deletion === null ? {} : { deletion: deletion.id }),
      }}
      idempotencyKey={crypto.randomUUID()}
    >
      <Card title={t('step.missing')}>
        <div className="grid gap-4">
          {deletion === null ? null : <MassDeletion deletion={deletion} timeZone={portal.timeZone} />}
          <Field
            name="subject"
            label={t('subject')}
            hint={t('subjectHint')}
            maxLength={200}
            autoComplete="off"
            defaultValue={words.subject}
          />
          <Textarea name="reason" label={t('reason')} hint={t('reasonHint')} maxLength={10_000} defaultValue={words.reason} />
          <details>
            <summary className="inline-flex min-h-11 items-center text-accent">{t('onlyOne')}</summary>
            <div className="mt-1">
              <Field
                name="onlyForPerson"
                label={t('onlyForPerson')}
                hint={t('onlyForPersonHint', { searched: facts.searches === null ? 'no' : 'yes' })}
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
        <ScopeChoice key={`${chosenBySearch} ${chosen.scope}`} facts={facts} chosen={chosen.scope} ticked={ticked} />
      </Card>
      <ComparePoints
        key={`${chosenBySearch} ${momentId ?? ''}`}
        id="point"
        title={t('step.point')}
        aside={t('kept', { days: policy.retentionDays })}
        {...{ points, holes, deletions, now }}
        timeZone={portal.timeZone}
        retentionDays={policy.retentionDays}
        chosen={chosen.snapshotId}
        compared={preview !== null}
        fields={['scope', 'snapshotId']}
      />
      {preview === null ? null : (
        <Card title={t('step.loss', { scope: preview.scope })} id="preview">
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

/** A first draft, so that one click and one look are enough; whoever knows more writes more. */
async function wordsFor({ from, until, deleted, tables }: MassDeletionRead, timeZone: string) {
  const [t, locale] = await Promise.all([getTranslations('massDeletion'), getLocale()])
  const reader = { locale, timeZone }
  const list = tables.map(({ name, rows }) => `${name[locale]} ${number(rows, locale)}`).join(', ')
  return {
    subject: t('subject', { count: about(deleted) }),
    reason: t('reason', { ...spanWords(from, until, reader), list }),
  }
}
