import { cookies } from 'next/headers'
import { NextRequest } from 'next/server'
import { keepLocale } from '#app/sign-in/session-cookie.ts'
import { acceptSignInLink, sessionTokenIn, showConfirmPage } from '#lib/identity/accept-sign-in-link.ts'
import { handlers } from '#lib/identity/auth.ts'
import { readSession, sessionCookie } from '#lib/identity/session.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'

// The only address of Auth.js that is open: asking for a link and signing out are actions of ours.

/** Scanners and pasted links come by GET: nothing changes, the page with the button is shown. */
export function GET(request: Request): Response {
  return showConfirmPage(request, env())
}

/** The button. From here on the desk speaks the person's own language. */
export async function POST(request: Request): Promise<Response> {
  const answer = await acceptSignInLink(request, env(), (inner) => handlers.POST(new NextRequest(inner)))
  const token = sessionTokenIn(answer, sessionCookie(env().appUrl).name)
  const session = token === null ? null : await readSession(deskDb(), token)
  if (session) keepLocale(await cookies(), session.actor.locale)
  return answer
}
