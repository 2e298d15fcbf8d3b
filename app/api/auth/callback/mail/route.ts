import { NextRequest } from 'next/server'
import { acceptSignInLink, showConfirmPage } from '#lib/identity/accept-sign-in-link.ts'
import { handlers } from '#lib/identity/auth.ts'
import { env } from '#lib/runtime/env.ts'

// The only address of Auth.js that is open: asking for a link and signing out are actions of ours.

/** Scanners and pasted links come by GET: nothing changes, the page with the button is shown. */
export function GET(request: Request): Response {
  return showConfirmPage(request, env())
}

/** The button. */
export function POST(request: Request): Promise<Response> {
  return acceptSignInLink(request, env(), (inner) => handlers.POST(new NextRequest(inner)))
}
