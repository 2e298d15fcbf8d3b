import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { sessions, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { checkMailCode } from './mail-code.ts'
import { forget, take } from './rate-limit.ts'
import type { SignedIn } from './session.ts'
import { matchingStep, unsealTotpSecret } from './totp.ts'

/** Six digits; people type them with spaces, as apps show them. */
export const codeSchema = z
  .string()
  .max(20)
  .transform((typed) => typed.replace(/\s/g, ''))
  .pipe(z.string().regex(/^\d{6}$/))

export const stepUpInput = z.object({ method: z.enum(['totp', 'mail_code']), code: codeSchema })
export type StepUpInput = z.infer<typeof stepUpInput>

export type StepUpRefusal =
  | { reason: 'wrong_code' | 'code_used' | 'no_code_waiting' | 'not_enrolled' }
  | { reason: 'too_many_attempts'; retryAfterSeconds: number | null }
export type StepUpAnswer = { ok: true } | ({ ok: false } & StepUpRefusal)

/**
 * The second step of R13: marks this session, and only this one, as freshly proved; the time is the database's (S91). How fresh
 * it must be and whether a code by mail is enough is for the policy to say.
 */
export async function passStepUp(
  db: Db,
  secrets: { authSecret: string },
  session: SignedIn,
  input: StepUpInput,
): Promise<StepUpAnswer> {
  const answer =
    input.method === 'totp'
      ? await checkTotp(db, secrets, session, input.code)
      : await checkCode(db, secrets, session, input.code)
  if (!answer.ok) return answer
  await db
    .update(sessions)
    .set({ stepUpAt: sql`now()`, stepUpMethod: input.method })
    .where(eq(sessions.sessionToken, session.sessionToken))
  return answer
}

/** Right, and never accepted before: each 30-second step is good once, so a code read over a shoulder is worth nothing. */
export async function checkTotp(
  db: Db,
  { authSecret }: { authSecret: string },
  session: SignedIn,
  code: string,
): Promise<StepUpAnswer> {
  const bucket = `totp:${session.actor.userId}`
  const taken = await take(db, [{ bucket, times: 5, windowSeconds: 900 }])
  if (!taken.ok) return { ok: false, reason: 'too_many_attempts', retryAfterSeconds: taken.retryAfterSeconds }
  const answer = await scoped(db, 'system', async (tx): Promise<StepUpAnswer> => {
    const person = await totpOf(tx, session.actor.userId)
    if (!person?.sealed || !person.confirmedAt) return { ok: false, reason: 'not_enrolled' }
    const step = matchingStep(unsealTotpSecret(authSecret, person.sealed), code, person.nowMs)
    if (step === null) return { ok: false, reason: 'wrong_code' }
    return (await spendStep(tx, session.actor.userId, step)) ? { ok: true } : { ok: false, reason: 'code_used' }
  })
  if (answer.ok) await forget(db, bucket)
  return answer
}

async function totpOf(tx: Tx, userId: string) {
  const [person] = await tx
    .select({
      sealed: users.totpSecret,
      confirmedAt: users.totpConfirmedAt,
      nowMs: sql<number>`(extract(epoch from now()) * 1000)::float8`,
    })
    .from(users)
    .where(eq(users.id, userId))
  return person
}

/** Guarded by the row itself: of two that come at once with the same code, one wins. */
async function spendStep(tx: Tx, userId: string, step: number): Promise<boolean> {
  const used = await tx
    .update(users)
    .set({ totpLastStep: String(step) })
    .where(and(eq(users.id, userId), or(isNull(users.totpLastStep), lt(sql`${users.totpLastStep}::bigint`, step))))
    .returning({ id: users.id })
  return used.length === 1
}

async function checkCode(db: Db, secrets: { authSecret: string }, session: SignedIn, code: string): Promise<StepUpAnswer> {
  const answer = await scoped(db, 'system', (tx) => checkMailCode(tx, secrets, session, { purpose: 'step_up', code }))
  switch (answer) {
    case 'right':
      return { ok: true }
    case 'wrong':
      return { ok: false, reason: 'wrong_code' }
    case 'none_waiting':
      return { ok: false, reason: 'no_code_waiting' }
    case 'too_many_attempts':
      return { ok: false, reason: 'too_many_attempts', retryAfterSeconds: null }
  }
}
