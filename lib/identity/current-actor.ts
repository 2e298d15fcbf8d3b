import { cookies } from 'next/headers'
import { unauthorized } from 'next/navigation'
import { cache } from 'react'
import { db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import { env } from '#lib/runtime/env.ts'
import { readSession, type SignedIn, sessionCookie } from './session.ts'

/** This request's session and person, or null. Read once a request. */
export const currentSession = cache(async (): Promise<SignedIn | null> => {
  const token = (await cookies()).get(sessionCookie(env().appUrl).name)?.value
  return token ? readSession(db(), token) : null
})

/** Who is asking; null when nobody is signed in. */
export async function currentActor(): Promise<Person | null> {
  return (await currentSession())?.actor ?? null
}

/** For pages, actions and routes that are for signed-in people: answers 401 with the sign-in page otherwise. */
export async function requireActor(): Promise<Person> {
  return (await requireSession()).actor
}

export async function requireSession(): Promise<SignedIn> {
  return (await currentSession()) ?? unauthorized()
}
