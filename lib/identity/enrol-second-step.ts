import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import { seal, unseal } from '#lib/runtime/seal.ts'
import { checkMailCode } from './mail-code.ts'
import { take } from './rate-limit.ts'
import type { SignedIn } from './session.ts'
import { checkTotp, type StepUpAnswer } from './step-up.ts'
import { tellAdministrators } from './tell-administrators.ts'
import { matchingStep, newTotpSecret, sealTotpSecret, totpUri } from './totp.ts'

const minutesToConfirm = 15
const sealPurpose = 'enrolment'
const pendingSchema = z.object({ userId: z.uuid(), sessionToken: z.string(), base32: z.string(), atMs: z.number() })

/** What the page shows once; `pending` comes back with the first code, and nothing is stored before that. */
export type Enrolment = { pending: string; base32: string; uri: string }
type Secrets = { authSecret: string }

/**
 * Begins to set up an authenticator app, after a fresh code by mail. Whoever already has one proves it with a code of that one
 * as well: a mailbox alone never replaces it.
 */
export async function beginEnrolment(
  db: Db,
  secrets: Secrets,
  session: SignedIn,
  given: { mailCode: string; oldCode: string | null },
): Promise<{ ok: true; enrolment: Enrolment } | Exclude<StepUpAnswer, { ok: true }>> {
  if (session.secondStepSince) {
    const old = await checkTotp(db, secrets, session, given.oldCode ?? '')
    if (!old.ok) return old
  }
  const answer = await scoped(db, 'system', async (tx) => ({
    code: await checkMailCode(tx, secrets, session, { purpose: 'enrol_second_step', code: given.mailCode }),
    atMs: await databaseNowMs(tx),
  }))
  if (answer.code === 'none_waiting') return { ok: false, reason: 'no_code_waiting' }
  if (answer.code === 'too_many_attempts') return { ok: false, reason: 'too_many_attempts', retryAfterSeconds: null }
  if (answer.code === 'wrong') return { ok: false, reason: 'wrong_code' }
  const base32 = newTotpSecret()
  const sealed = { userId: session.actor.userId, sessionToken: session.sessionToken, base32, atMs: answer.atMs }
  const pending = seal(secrets.authSecret, sealPurpose, JSON.stringify(sealed))
  return { ok: true, enrolment: { pending, base32, uri: totpUri(base32, session.email) } }
}

/** What a pending enrolment shows; null for one of another session and for anything that we did not seal. */
export function openEnrolment(secrets: Secrets, session: SignedIn, pending: string): Enrolment | null {
  const opened = openPending(secrets, session, pending)
  return opened && { pending, base32: opened.base32, uri: totpUri(opened.base32, session.email) }
}

/** Ends it with the app's first code. That code counts as used; the session is not proved by it: the next step-up is a code of its own. */
export async function confirmEnrolment(
  db: Db,
  secrets: Secrets,
  session: SignedIn,
  given: { pending: string; code: string },
): Promise<StepUpAnswer> {
  const taken = await take(db, [{ bucket: `enrol:${session.actor.userId}`, times: 10, windowSeconds: 900 }])
  if (!taken.ok) return { ok: false, reason: 'too_many_attempts', retryAfterSeconds: taken.retryAfterSeconds }
  const pending = openPending(secrets, session, given.pending)
  if (pending === null) return { ok: false, reason: 'no_code_waiting' }
  return scoped(db, 'system', async (tx) => {
    const nowMs = await databaseNowMs(tx)
    if (nowMs - pending.atMs > minutesToConfirm * 60_000) return { ok: false, reason: 'no_code_waiting' }
    const step = matchingStep(pending.base32, given.code, nowMs)
    if (step === null) return { ok: false, reason: 'wrong_code' }
    await tx
      .update(users)
      .set({
        totpSecret: sealTotpSecret(secrets.authSecret, pending.base32),
        totpConfirmedAt: sql`now()`,
        totpLastStep: String(step),
      })
      .where(eq(users.id, session.actor.userId))
    const at = new Date(nowMs).toISOString()
    await enqueueMail(tx, {
      template: 'second_step_enrolled',
      data: { at },
      to: { email: session.email, locale: session.actor.locale },
    })
    await tellAdministrators(tx, { userId: session.actor.userId, at })
    return { ok: true }
  })
}

function openPending({ authSecret }: Secrets, session: SignedIn, sealed: string) {
  try {
    const pending = pendingSchema.parse(JSON.parse(unseal(authSecret, sealPurpose, sealed)))
    const mine = pending.userId === session.actor.userId && pending.sessionToken === session.sessionToken
    return mine ? pending : null
  } catch {
    // Forged, cut short or sealed by another secret: whichever, it begins nothing, and the person is asked to start again.
    return null
  }
}

async function databaseNowMs(tx: Tx): Promise<number> {
  const [row] = await tx.execute<{ ms: number }>(sql`select (extract(epoch from now()) * 1000)::float8 as ms`)
  if (!row) throw new Error('the database has no time')
  return row.ms
}
