'use server'

import type { Route } from 'next'
import { notFound, redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { askForPreview } from '#app/_ticket/ask-for-preview.ts'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readAskedPreview } from '#lib/tickets/read-asked-preview.ts'
import { readTicket } from '#lib/tickets/read-ticket.ts'
import { requestUndo } from '#lib/tickets/request-undo.ts'
import { consentWords } from '../consent-text.ts'
import { signatureErrors } from '../signature-errors.ts'

/** "Show what the undo costs": compares the portal as it is now with the safety copy. */
export async function askUndoPreview(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const ticket = await readTicket(deskDb(), actor, z.coerce.number().parse(data.get('number')))
  const undo = ticket?.life.context.undo
  if (!ticket || !undo) notFound()
  const asked = {
    portalId: ticket.portal.id,
    snapshotId: undo.safetySnapshotId,
    scope: ticket.scope,
    purpose: 'undo' as const,
    undoesRunId: undo.runId,
  }
  return askForPreview(previous, actor, asked, `/tickets/${ticket.number}/undo`)
}

const text = z.string().catch('')
const formSchema = z.object({
  number: z.coerce.number().int(),
  ticketId: z.uuid(),
  expectedVersion: z.coerce.number().int(),
  idempotencyKey: text,
  locale: z.enum(['en', 'pl']),
  previewId: z.uuid(),
  digest: text,
  typedName: text,
})

/** "Request undo": the owner's consent to the undo's own preview. It begins at once. */
export async function requestUndoAction(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const { number, ...form } = formSchema.parse(Object.fromEntries(data))
  const [ticket, preview, t] = await Promise.all([
    readTicket(deskDb(), actor, number),
    readAskedPreview(deskDb(), actor, form.previewId),
    getTranslations('consent'),
  ])
  if (ticket === null || preview?.state !== 'ready') return answered(previous, { fieldErrors: { typedName: t('gone') } })
  const { portal, scope } = ticket
  const words = await consentWords({
    report: preview.report,
    locale: form.locale,
    timeZone: portal.timeZone,
    portalName: portal.name,
    scope,
    purpose: 'undo',
  })
  const fieldErrors = await signatureErrors(data, words)
  if (Object.keys(fieldErrors).length > 0) return answered(previous, { fieldErrors })
  const asked = await requestUndo(deskDb(), actor, { ...form, shownText: words.text })
  if (!asked.ok) return answered(previous, { refusal: await sayRefusal(asked.refusal, actor.timeZone) })
  redirect(`/tickets/${number}` as Route)
}
