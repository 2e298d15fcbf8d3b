'use server'

import type { Route } from 'next'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { requireSession } from '#lib/identity/current-actor.ts'
import { beginEnrolment, confirmEnrolment } from '#lib/identity/enrol-second-step.ts'
import { sendMailCode } from '#lib/identity/mail-code.ts'
import { requestSource } from '#lib/identity/request-source.ts'
import { codeSchema, type StepUpRefusal } from '#lib/identity/step-up.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'

const text = z.string().max(2000).catch('')

/** "Mail me a code", for setting up an authenticator app. */
export async function mailEnrolmentCode(previous: ActionState): Promise<ActionState> {
  const session = await requireSession()
  const t = await getTranslations('account')
  const source = requestSource(await headers())
  const sent = await sendMailCode(deskDb(), env(), session, { purpose: 'enrol_second_step', source })
  return sent.ok
    ? answered(previous, { done: t('mailed') })
    : answered(previous, { done: t('tooManyCodes', { minutes: Math.ceil(sent.retryAfterSeconds / 60) }) })
}

/** Begins to set up an app; the page that follows shows its QR code. */
export async function beginSecondStep(previous: ActionState, form: FormData): Promise<ActionState> {
  const session = await requireSession()
  const t = await getTranslations('account')
  const mail = codeSchema.safeParse(form.get('mailCode'))
  const old = codeSchema.safeParse(form.get('oldCode'))
  if (!mail.success) return answered(previous, { fieldErrors: { mailCode: t('sixDigits') } })
  if (session.secondStepSince && !old.success) return answered(previous, { fieldErrors: { oldCode: t('sixDigits') } })
  const begun = await beginEnrolment(deskDb(), env(), session, { mailCode: mail.data, oldCode: old.success ? old.data : null })
  if (!begun.ok) return answered(previous, { fieldErrors: { mailCode: await inWords(begun) } })
  redirect(`/account/second-step?pending=${begun.enrolment.pending}` as Route)
}

/** Ends it with the app's first code. */
export async function confirmSecondStep(previous: ActionState, form: FormData): Promise<ActionState> {
  const session = await requireSession()
  const code = codeSchema.safeParse(form.get('firstCode'))
  if (!code.success) return answered(previous, { fieldErrors: { firstCode: (await getTranslations('account'))('sixDigits') } })
  const answer = await confirmEnrolment(deskDb(), env(), session, { pending: text.parse(form.get('pending')), code: code.data })
  if (!answer.ok) return answered(previous, { fieldErrors: { firstCode: await inWords(answer) } })
  redirect('/account?done=second-step' as Route)
}

async function inWords(refusal: StepUpRefusal): Promise<string> {
  const t = await getTranslations('account')
  if (refusal.reason !== 'too_many_attempts') return t(`reasons.${refusal.reason}`)
  return refusal.retryAfterSeconds === null
    ? t('reasons.code_dead')
    : t('reasons.locked', { minutes: Math.ceil(refusal.retryAfterSeconds / 60) })
}
