'use server'

import { refresh } from 'next/cache'
import { headers } from 'next/headers'
import { getTranslations } from 'next-intl/server'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { requireSession } from '#lib/identity/current-actor.ts'
import { sendMailCode } from '#lib/identity/mail-code.ts'
import { requestSource } from '#lib/identity/request-source.ts'
import { passStepUp, stepUpInput } from '#lib/identity/step-up.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'

/** "Confirm it is me": proves the reader a second time, for this session only (R13). */
export async function passSecondStep(previous: ActionState, form: FormData): Promise<ActionState> {
  const [session, t] = await Promise.all([requireSession(), getTranslations('secondStep')])
  const method = form.get('method') === 'mail_code' ? 'mail_code' : 'totp'
  const input = stepUpInput.safeParse({ method, code: form.get(method) })
  if (!input.success) return answered(previous, { fieldErrors: { [method]: t('sixDigits') } })
  const answer = await passStepUp(deskDb(), env(), session, input.data)
  if (answer.ok) {
    refresh()
    return answered(previous)
  }
  return answered(previous, { fieldErrors: { [method]: t(`wrong.${answer.reason}`) } })
}

/** "Mail me a code": to the reader's own address, never to one that is typed. */
export async function mailMeACode(previous: ActionState): Promise<ActionState> {
  const [session, t, head] = await Promise.all([requireSession(), getTranslations('secondStep'), headers()])
  const sent = await sendMailCode(deskDb(), env(), session, { purpose: 'step_up', source: requestSource(head) })
  if (sent.ok) return answered(previous, { done: t('mailed', { address: session.email }) })
  return answered(previous, { done: t('tooManyMails', { minutes: Math.ceil(sent.retryAfterSeconds / 60) }) })
}
