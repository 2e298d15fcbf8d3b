import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { stepUpCodes } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import { sealPurpose } from '#lib/mail/render.ts'
import { seal } from '#lib/runtime/seal.ts'
import { type Taken, take } from './rate-limit.ts'
import type { SignedIn } from './session.ts'

const minutesValid = 10
const attemptsMaximum = 5

/** What a code is good for: one purpose in one session, nothing else. */
export type CodePurpose = 'step_up' | 'enrol_second_step'
export type CodeAnswer = 'right' | 'wrong' | 'none_waiting' | 'too_many_attempts'

/** Mails a six-digit code to the signed-in person's own address; an earlier one for the same purpose stops working. */
export async function sendMailCode(
  db: Db,
  { authSecret }: { authSecret: string },
  session: SignedIn,
  { purpose, source }: { purpose: CodePurpose; source: string },
): Promise<Taken> {
  const taken = await take(db, [
    { bucket: `code:source:${source.slice(0, 100)}`, times: 30, windowSeconds: 900 },
    { bucket: `code:person:${session.actor.userId}`, times: 5, windowSeconds: 900 },
  ])
  if (!taken.ok) return taken
  const code = String(randomInt(0, 1_000_000)).padStart(6, '0')
  await scoped(db, 'system', async (tx) => {
    await tx.update(stepUpCodes).set({ usedAt: sql`now()` }).where(waiting(session, purpose))
    const [row] = await tx
      .insert(stepUpCodes)
      .values({
        userId: session.actor.userId,
        sessionToken: session.sessionToken,
        purpose,
        codeHash: hashOf(authSecret, session, purpose, code),
        expiresAt: sql`now() + make_interval(mins => ${minutesValid})`,
      })
      .returning({ expiresAt: stepUpCodes.expiresAt })
    if (!row) throw new Error('the code was not written')
    await enqueueMail(tx, {
      template: 'step_up_code',
      data: { sealed: seal(authSecret, sealPurpose, code), expiresAt: row.expiresAt.toISOString() },
      to: { email: session.email, locale: session.actor.locale },
    })
  })
  return { ok: true }
}

/** Uses a code up, or counts a wrong attempt; after five wrong ones the code is dead. The caller must let the transaction commit either way. */
export async function checkMailCode(
  tx: Tx,
  { authSecret }: { authSecret: string },
  session: SignedIn,
  { purpose, code }: { purpose: CodePurpose; code: string },
): Promise<CodeAnswer> {
  const [row] = await tx
    .select()
    .from(stepUpCodes)
    .where(and(waiting(session, purpose), gt(stepUpCodes.expiresAt, sql`now()`)))
    .orderBy(desc(stepUpCodes.createdAt))
    .limit(1)
    .for('update')
  if (!row) return 'none_waiting'
  if (row.attempts >= attemptsMaximum) return 'too_many_attempts'
  const given = Buffer.from(hashOf(authSecret, session, purpose, code))
  if (!timingSafeEqual(given, Buffer.from(row.codeHash))) {
    await tx
      .update(stepUpCodes)
      .set({ attempts: row.attempts + 1 })
      .where(eq(stepUpCodes.id, row.id))
    return row.attempts + 1 >= attemptsMaximum ? 'too_many_attempts' : 'wrong'
  }
  await tx.update(stepUpCodes).set({ usedAt: sql`now()` }).where(eq(stepUpCodes.id, row.id))
  return 'right'
}

function waiting(session: SignedIn, purpose: CodePurpose) {
  return and(
    eq(stepUpCodes.userId, session.actor.userId),
    eq(stepUpCodes.sessionToken, session.sessionToken),
    eq(stepUpCodes.purpose, purpose),
    isNull(stepUpCodes.usedAt),
  )
}

function hashOf(authSecret: string, session: SignedIn, purpose: CodePurpose, code: string): string {
  const bound = JSON.stringify(['mail-code', session.actor.userId, session.sessionToken, purpose, code])
  return createHmac('sha256', authSecret).update(bound).digest('base64url')
}
