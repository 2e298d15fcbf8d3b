'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { RestoreWindow } from '#lib/domain/events.ts'
import type { Answer } from '#lib/domain/refusal.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { giveConsent } from '#lib/tickets/give-consent.ts'
import { readTicket } from '#lib/tickets/read-ticket.ts'
import { readWindow } from '#lib/tickets/window.ts'
import { consentWords } from '../consent-text.ts'
import { signatureErrors } from '../signature-errors.ts'

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
  window: z.enum(['now', 'at']).catch('now'),
  from: text,
  until: text,
  offset: text,
  atEnd: z.enum(['abort', 'go_on']).catch('abort'),
})

/** "Give consent". The words that are kept are made anew from the same report as those that were shown; its digest holds them together. */
export async function giveConsentAction(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const form = formSchema.parse(Object.fromEntries(data))
  const ticket = await readTicket(deskDb(), actor, form.number)
  const t = await getTranslations('consent')
  if (ticket === null || ticket.preview.report === null) return answered(previous, { fieldErrors: { typedName: t('gone') } })
  const { portal, scope, preview } = ticket
  const words = await consentWords({
    report: ticket.preview.report,
    locale: form.locale,
    timeZone: portal.timeZone,
    portalName: portal.name,
    scope,
    purpose: 'restore',
  })
  // A preview that changed under the owner's eyes is the door's to refuse: the ticks were for another one.
  const fieldErrors = preview.digest === form.digest ? await signatureErrors(data, words) : {}
  if (Object.keys(fieldErrors).length > 0) return answered(previous, { fieldErrors })
  const window = windowOf(form, portal.timeZone)
  if (!window.ok) return answered(previous, { refusal: await sayRefusal(window.refusal, portal.timeZone) })
  const { number, ticketId, expectedVersion, idempotencyKey, locale, previewId, digest, typedName } = form
  const given = await giveConsent(deskDb(), actor, {
    ticketId,
    expectedVersion,
    idempotencyKey,
    locale,
    previewId,
    digest,
    typedName,
    shownText: words.text,
    window: window.window,
  })
  if (!given.ok) return answered(previous, { refusal: await sayRefusal(given.refusal, actor.timeZone) })
  redirect(`/tickets/${number}/consent/receipt` as Route)
}

function windowOf(form: z.output<typeof formSchema>, timeZone: string): Answer<{ window: RestoreWindow }> {
  if (form.window === 'now') return { ok: true, window: { kind: 'now' } }
  const { from, until, atEnd, offset } = form
  return readWindow({ from, until, timeZone, atEnd, ...(offset === '' ? {} : { fromOffset: offset, untilOffset: offset }) })
}
