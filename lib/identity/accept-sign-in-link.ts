import { z } from 'zod'
import { addressSchema, safePath } from './address.ts'

const linkQuery = z.object({
  token: z.string().min(20).max(200),
  email: addressSchema,
  callbackUrl: z.string().max(2000).optional(),
})

/**
 * The press of the button on `/sign-in/confirm`: a POST from our own page, handed to Auth.js as if it had come in by APP_URL,
 * whatever host it names (S112). Everything else ends on `/sign-in` with nobody signed in.
 */
export async function acceptSignInLink(
  request: Request,
  { appUrl }: { appUrl: string },
  auth: (request: Request) => Promise<Response>,
): Promise<Response> {
  const query = linkQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!query.success || !isFromOurPage(request, appUrl)) return goTo('/sign-in?error=link', appUrl)
  const { token, email, callbackUrl } = query.data
  const target = new URL('/api/auth/callback/mail', appUrl)
  target.search = String(new URLSearchParams({ token, email, callbackUrl: safePath(callbackUrl, appUrl) }))
  const answer = await auth(new Request(target, { method: 'POST', headers: { cookie: request.headers.get('cookie') ?? '' } }))
  const location = answer.headers.get('location') ?? ''
  return URL.canParse(location) && new URL(location).pathname === '/sign-in' ? goTo('/sign-in?error=link', appUrl) : answer
}

/** The session that an answer signs in to; null when it signs nobody in. */
export function sessionTokenIn(answer: Response, cookieName: string): string | null {
  const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${cookieName}=`))
  return line?.slice(cookieName.length + 1).split(';')[0] || null
}

/** A GET of the same address (a scanner, a pasted link) changes nothing: it leads to the page with the button (S11, I14). */
export function showConfirmPage(request: Request, { appUrl }: { appUrl: string }): Response {
  return goTo(`/sign-in/confirm${new URL(request.url).search}`, appUrl)
}

/** Nobody is signed in as somebody else by a form on a foreign page. */
function isFromOurPage(request: Request, appUrl: string): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site) return site === 'same-origin'
  const origin = request.headers.get('origin')
  return origin === null || origin === new URL(appUrl).origin
}

const goTo = (path: string, appUrl: string) =>
  new Response(null, { status: 303, headers: { location: new URL(path, appUrl).href, 'cache-control': 'no-store' } })
