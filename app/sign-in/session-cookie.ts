import { cookies } from 'next/headers'
import { localeCookie } from '#app/_ui/preferences/read-preferences.ts'
import type { Locale } from '#lib/domain/actor.ts'
import { sessionCookie } from '#lib/identity/session.ts'
import { env } from '#lib/runtime/env.ts'

type Jar = Awaited<ReturnType<typeof cookies>>

/** Signs this browser in: the session's cookie, and the person's own language. */
export async function setSessionCookie(session: { sessionToken: string; expires: Date }, locale: Locale): Promise<void> {
  const jar = await cookies()
  const { name, options } = sessionCookie(env().appUrl)
  jar.set(name, session.sessionToken, { ...options, expires: session.expires })
  keepLocale(jar, locale)
}

/** Until the reader chooses another with the switch. */
export function keepLocale(jar: Jar, locale: Locale): void {
  jar.set(localeCookie, locale, { path: '/', maxAge: 365 * 24 * 3600, sameSite: 'lax', httpOnly: true })
}

export async function clearSessionCookie(): Promise<void> {
  const { name, options } = sessionCookie(env().appUrl)
  ;(await cookies()).set(name, '', { ...options, maxAge: 0 })
}
