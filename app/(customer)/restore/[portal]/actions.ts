'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Person } from '#lib/domain/actor.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { askPreview } from '#lib/tickets/ask-preview.ts'
import { openTicket } from '#lib/tickets/open-ticket.ts'

const text = z.string().catch('')
const formSchema = z.object({
  event: text,
  portal: text,
  portalId: z.uuid(),
  scope: z.enum(['crm', 'full']).catch('crm'),
  snapshotId: z.uuid().optional().catch(undefined),
  previewId: z.uuid().optional().catch(undefined),
  subject: text,
  reason: text,
  onlyForPerson: text,
  idempotencyKey: text,
})
type Form = z.output<typeof formSchema>

/** The two buttons of the page: compare, and send. Both are decided by a verb; here is only what belongs to a form. */
export async function startRestore(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const form = formSchema.parse(Object.fromEntries(data))
  return form.event === 'OPEN_TICKET' ? send(previous, actor, form) : compare(previous, actor, form)
}

async function compare(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const { portalId, snapshotId, scope, previewId } = form
  const t = await getTranslations('newRestore')
  if (snapshotId === undefined) return answered(previous, { fieldErrors: { snapshotId: t('pointNeeded') } })
  const asked = await askPreview(deskDb(), actor, {
    portalId,
    snapshotId,
    scope,
    insteadOf: previewId === undefined ? [] : [previewId],
  })
  if (!asked.ok) return answered(previous, { refusal: await sayRefusal(asked.refusal, actor.timeZone) })
  redirect(`/restore/${encodeURIComponent(form.portal)}?preview=${asked.previewId}#preview` as Route)
}

async function send(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const t = await getTranslations('newRestore')
  const { portalId, scope, snapshotId, previewId, idempotencyKey } = form
  const [subject, reason, onlyFor] = [form.subject.trim(), form.reason.trim(), form.onlyForPerson.trim()]
  const fieldErrors = {
    ...(subject === '' ? { subject: t('subjectNeeded') } : {}),
    ...(subject.length > 200 ? { subject: t('subjectLong') } : {}),
    ...(reason === '' ? { reason: t('reasonNeeded') } : {}),
  }
  if (Object.keys(fieldErrors).length > 0 || snapshotId === undefined || previewId === undefined)
    return answered(previous, { fieldErrors })
  const opened = await openTicket(deskDb(), actor, {
    portalId,
    scope,
    snapshotId,
    previewId,
    subject,
    reason,
    idempotencyKey,
    onlyForPerson: onlyFor === '' ? null : onlyFor,
  })
  if (!opened.ok) return answered(previous, { refusal: await sayRefusal(opened.refusal, actor.timeZone) })
  redirect(`/tickets/${opened.ticket.number}${opened.joined ? '?joined=1' : '?sent=1'}` as Route)
}
