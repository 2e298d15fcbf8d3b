'use server'

import type { Route } from 'next'
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { safePath } from '#lib/identity/address.ts'
import { signIn } from '#lib/identity/auth.ts'
import { currentSession } from '#lib/identity/current-actor.ts'
import { findDemoPerson } from '#lib/identity/demo-people.ts'
import { requestSignInLink as request } from '#lib/identity/request-sign-in-link.ts'
import { requestSource } from '#lib/identity/request-source.ts'
import { endSession, openSession } from '#lib/identity/session.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'
import { clearSessionCookie, setSessionCookie } from './session-cookie.ts'

// Open to everybody: they are how one comes in and goes out.

const text = z.string().max(2000).catch('')

/** "Mail me a link". The answer is the same whether the address is known or not. */
export async function requestSignInLink(previous: ActionState, form: FormData): Promise<ActionState> {
  const t = await getTranslations('signIn')
  const next = safePath(text.parse(form.get('next')), env().appUrl)
  const asked = { address: text.parse(form.get('email')), source: requestSource(await headers()) }
  const answer = await request(deskDb(), asked, (email) => signIn('mail', { email, redirectTo: next, redirect: false }))
  if (answer.ok) return answered(previous, { done: t('linkSent') })
  return answer.reason === 'invalid_address'
    ? answered(previous, { fieldErrors: { email: t('invalidAddress') } })
    : answered(previous, { fieldErrors: { email: t('tooMany', { minutes: Math.ceil(answer.retryAfterSeconds / 60) }) } })
}

export async function signOut(): Promise<void> {
  const session = await currentSession()
  if (session) await endSession(deskDb(), session.sessionToken)
  await clearSessionCookie()
  redirect('/sign-in')
}

/** The demo only: be this person, without a password. Writes the session row that a link would have led to. */
export async function signInAsDemoPerson(form: FormData): Promise<void> {
  if (!env().demo) notFound()
  const userId = z.uuid().safeParse(form.get('userId'))
  const person = userId.success ? await findDemoPerson(deskDb(), userId.data) : null
  if (!userId.success || !person) notFound()
  const before = await currentSession()
  if (before) await endSession(deskDb(), before.sessionToken)
  await setSessionCookie(await openSession(deskDb(), userId.data), person.locale)
  const next = safePath(text.parse(form.get('next')), env().appUrl)
  redirect((next === '/' && person.ofDesk ? '/desk' : next) as Route)
}
