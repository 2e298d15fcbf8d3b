import { randomBytes } from 'node:crypto'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { sessions, users } from '#db/schema/index.ts'
import type { Person, StepUp } from '#lib/domain/actor.ts'

/** Seven days, then sign in again; a session is not prolonged by use. */
export const sessionMaxAgeSeconds = 7 * 24 * 3600

export type SignedIn = {
  actor: Person
  sessionToken: string
  email: string
  /** Since when an authenticator app is set up; null without one. */
  secondStepSince: Date | null
}

/** Name and attributes of the session cookie, as Auth.js names it: over https only https may carry it. */
export function sessionCookie(appUrl: string) {
  const secure = new URL(appUrl).protocol === 'https:'
  return {
    name: secure ? '__Secure-authjs.session-token' : 'authjs.session-token',
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure } as const,
  }
}

/** Who this session is, judged by the database's clock (I13); null for an unknown or ended session and for a deactivated person. */
export async function readSession(db: Db, sessionToken: string): Promise<SignedIn | null> {
  if (sessionToken.length === 0 || sessionToken.length > 200) return null
  const [row] = await db
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.sessionToken, sessionToken), gt(sessions.expires, sql`now()`), isNull(users.deactivatedAt)))
  if (!row) return null
  const { session, user } = row
  return {
    actor: {
      kind: 'person',
      userId: user.id,
      name: user.name ?? user.email,
      locale: user.locale,
      timeZone: user.timeZone,
      deskRoles: user.deskRoles,
      stepUp: stepUpOf(session, user),
    },
    sessionToken,
    email: user.email,
    secondStepSince: user.totpSecret ? user.totpConfirmedAt : null,
  }
}

function stepUpOf(session: typeof sessions.$inferSelect, { totpConfirmedAt }: typeof users.$inferSelect): StepUp | null {
  const { stepUpAt, stepUpMethod: method } = session
  if (stepUpAt === null || method === null) return null
  const at = stepUpAt.toISOString()
  return method === 'totp' && totpConfirmedAt !== null
    ? { method, at, enrolledAt: totpConfirmedAt.toISOString() }
    : { method, at }
}

/** What Auth.js writes after a sign-in link: a session row. The caller sets the cookie. */
export async function openSession(db: Db, userId: string): Promise<{ sessionToken: string; expires: Date }> {
  const [row] = await db
    .insert(sessions)
    .values({ sessionToken: newSessionToken(), userId, expires: sql`now() + make_interval(secs => ${sessionMaxAgeSeconds})` })
    .returning({ sessionToken: sessions.sessionToken, expires: sessions.expires })
  if (!row) throw new Error('the session was not written')
  return row
}

export async function endSession(db: Db, sessionToken: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.sessionToken, sessionToken))
}

export const newSessionToken = (): string => randomBytes(32).toString('base64url')
