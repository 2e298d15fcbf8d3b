import { z } from 'zod'

/** A mail address as people sign in with it: plain ASCII, no quotes, no lists, so that no parser reads two into one (S112). */
export const addressSchema = z.string().trim().toLowerCase().max(254).pipe(z.email())

/** A path of ours to go on to after signing in; anything that would leave APP_URL becomes the home page (S112). */
export function safePath(wanted: string | null | undefined, appUrl: string): string {
  const { origin } = new URL(appUrl)
  if (!wanted || wanted.length > 1000 || !URL.canParse(wanted, origin)) return '/'
  const url = new URL(wanted, origin)
  return url.origin === origin ? `${url.pathname}${url.search}` : '/'
}
