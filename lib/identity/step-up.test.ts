import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { someNumber } from '#db/testing/matchers.ts'
import { sealPurpose } from '#lib/mail/render.ts'
import { unseal } from '#lib/runtime/seal.ts'
import { beginEnrolment, confirmEnrolment, openEnrolment } from './enrol-second-step.ts'
import { type CodePurpose, sendMailCode } from './mail-code.ts'
import { openSession, readSession, type SignedIn } from './session.ts'
import { codeSchema, passStepUp } from './step-up.ts'
import { currentCode, matchingStep, newTotpSecret, sealTotpSecret, unsealTotpSecret } from './totp.ts'

const secrets = { authSecret: 'a secret for tests that is long enough' }
const base32 = newTotpSecret()

let desk: TestDatabase
let session: SignedIn
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  await desk.owner`truncate users, sessions, step_up_codes, rate_limits, mail_outbox cascade`
  await desk.owner`insert into users (email, name) values ('olga@corax.example', 'Olga Nowak')`
  session = await anotherSession()
})

test('R13 an app’s code proves this session, by the database’s clock, and no other', async () => {
  await enrolled()
  const other = await anotherSession()
  expect(await totp(await codeNow())).toEqual({ ok: true })
  const proved = (await reread(session)).actor.stepUp
  expect(proved?.method).toBe('totp')
  const [clock] = await desk.owner<{ ms: number }[]>`select (extract(epoch from now()) * 1000)::float8 as ms`
  expect(Math.abs(Date.parse(proved?.at ?? '') - (clock?.ms ?? 0))).toBeLessThan(5000)
  expect((await reread(other)).actor.stepUp).toBeNull()
})

test('S7 a session says since when its authenticator is set up, as the person’s row has it; a code by mail has no such age', async () => {
  await enrolled()
  await desk.owner`update users set totp_confirmed_at = '2026-03-01T10:20:30Z'`
  expect(await totp(await codeNow())).toEqual({ ok: true })
  expect((await reread(session)).actor.stepUp?.enrolledAt).toBe('2026-03-01T10:20:30.000Z')
  expect(await mailCode(await mailedCode())).toEqual({ ok: true })
  expect((await reread(session)).actor.stepUp?.enrolledAt).toBeUndefined()
})

test('R13 each code of the app is good once, also when it comes twice at the same moment', async () => {
  await enrolled()
  const code = await codeNow()
  const answers = await Promise.all([totp(code), totp(code), totp(code)])
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
  expect(await totp(code)).toEqual({ ok: false, reason: 'code_used' })
  expect((await totp(await codeNow(-30_000))).ok).toBe(false)
  expect(await totp(await codeNow(30_000))).toEqual({ ok: true })
})

test('the code of the step before and after is right, any other is wrong', async () => {
  const now = 1_800_000_015_000
  const at = (ms: number) => matchingStep(base32, currentCode(base32, now + ms).code, now)
  expect([at(-30_000), at(0), at(30_000)]).toEqual([59_999_999, 60_000_000, 60_000_001])
  expect([at(-60_000), at(60_000)]).toEqual([null, null])
})

test('R13 five wrong codes of the app lock it for a while, the right one included', async () => {
  await enrolled()
  const wrong = String((Number(await codeNow()) + 1) % 1_000_000).padStart(6, '0')
  for (let n = 0; n < 5; n++) expect(await totp(wrong)).toEqual({ ok: false, reason: 'wrong_code' })
  expect(await totp(await codeNow())).toMatchObject({
    ok: false,
    reason: 'too_many_attempts',
    retryAfterSeconds: someNumber,
  })
  expect((await reread(session)).actor.stepUp).toBeNull()
})

test('R13 a code by mail works once, in the session that asked for it, and is flagged as what it is', async () => {
  const code = await mailedCode()
  const other = await anotherSession()
  expect(await passStepUp(desk.db, secrets, other, { method: 'mail_code', code })).toEqual({
    ok: false,
    reason: 'no_code_waiting',
  })
  expect(await mailCode(code)).toEqual({ ok: true })
  expect((await reread(session)).actor.stepUp?.method).toBe('mail_code')
  expect(await mailCode(code)).toEqual({ ok: false, reason: 'no_code_waiting' })
})

test('R13 a code by mail dies after five wrong tries', async () => {
  const code = await mailedCode()
  const wrong = code === '000000' ? '000001' : '000000'
  for (let n = 0; n < 4; n++) expect(await mailCode(wrong)).toEqual({ ok: false, reason: 'wrong_code' })
  expect(await mailCode(wrong)).toMatchObject({ ok: false, reason: 'too_many_attempts' })
  expect(await mailCode(code)).toMatchObject({ ok: false, reason: 'too_many_attempts' })
})

test('R13 a newer code by mail, ten minutes, or another purpose make the older one worthless', async () => {
  const older = await mailedCode()
  const newer = await mailedCode()
  if (older !== newer) expect((await mailCode(older)).ok).toBe(false)
  expect(await mailCode(newer)).toEqual({ ok: true })
  const late = await mailedCode()
  await desk.owner`update step_up_codes set expires_at = now() - interval '1 second' where used_at is null`
  expect(await mailCode(late)).toEqual({ ok: false, reason: 'no_code_waiting' })
  const forEnrolment = await mailedCode('enrol_second_step')
  expect(await mailCode(forEnrolment)).toEqual({ ok: false, reason: 'no_code_waiting' })
})

test('codes by mail are limited per person, and neither code nor secret lies in the database in clear', async () => {
  await enrolled()
  const code = await mailedCode()
  const [stored] = await desk.owner<{ all: string }[]>`
    select (select jsonb_agg(c) from step_up_codes c)::text || (select jsonb_agg(m.data) from mail_outbox m)::text || (select jsonb_agg(u) from users u)::text as all`
  expect(stored?.all).not.toContain(code)
  expect(stored?.all).not.toContain(base32)
  for (let n = 0; n < 4; n++) await mailedCode()
  expect(await sendMailCode(desk.db, secrets, session, { purpose: 'step_up', source: '192.0.2.1' })).toMatchObject({ ok: false })
})

test('an app is set up with a fresh code by mail and the app’s first code; only then it counts', async () => {
  const begun = await beginEnrolment(desk.db, secrets, session, {
    mailCode: await mailedCode('enrol_second_step'),
    oldCode: null,
  })
  if (!begun.ok) throw new Error(begun.reason)
  expect(begun.enrolment.uri).toContain('otpauth://totp/Restore%20Desk:olga%40corax.example')
  expect(await totp(await codeNow())).toEqual({ ok: false, reason: 'not_enrolled' })
  const first = await codeNow(0, begun.enrolment.base32)
  expect(await confirmEnrolment(desk.db, secrets, session, { pending: begun.enrolment.pending, code: first })).toEqual({
    ok: true,
  })
  const after = await reread(session)
  expect(after.secondStepSince).not.toBeNull()
  expect(after.actor.stepUp).toBeNull()
  expect(await totp(first)).toEqual({ ok: false, reason: 'code_used' })
  expect(await desk.owner`select template from mail_outbox where template = 'second_step_enrolled'`).toHaveLength(1)
})

test('S7 a mailbox alone does not replace an app that is set up', async () => {
  await enrolled()
  session = await reread(session)
  const code = await mailedCode('enrol_second_step')
  expect(await beginEnrolment(desk.db, secrets, session, { mailCode: code, oldCode: null })).toEqual({
    ok: false,
    reason: 'wrong_code',
  })
  expect((await beginEnrolment(desk.db, secrets, session, { mailCode: code, oldCode: await codeNow() })).ok).toBe(true)
})

test('a pending enrolment of another session, or a forged one, sets up nothing', async () => {
  const begun = await beginEnrolment(desk.db, secrets, session, {
    mailCode: await mailedCode('enrol_second_step'),
    oldCode: null,
  })
  if (!begun.ok) throw new Error(begun.reason)
  const code = await codeNow(0, begun.enrolment.base32)
  const other = await anotherSession()
  expect(openEnrolment(secrets, session, begun.enrolment.pending)).toEqual(begun.enrolment)
  expect(openEnrolment(secrets, other, begun.enrolment.pending)).toBeNull()
  for (const [who, pending] of [
    [other, begun.enrolment.pending],
    [session, 'forged'],
    [session, ''],
  ] as const) {
    expect(await confirmEnrolment(desk.db, secrets, who, { pending, code })).toEqual({ ok: false, reason: 'no_code_waiting' })
  }
  expect((await reread(session)).secondStepSince).toBeNull()
})

test('a sealed secret opens under its own secret only, and not when altered', () => {
  const sealed = sealTotpSecret(secrets.authSecret, base32)
  expect(unsealTotpSecret(secrets.authSecret, sealed)).toBe(base32)
  expect(() => unsealTotpSecret('another secret', sealed)).toThrow()
  expect(() => unseal(secrets.authSecret, 'mail', sealed)).toThrow()
  expect(() => unsealTotpSecret(secrets.authSecret, `${sealed.slice(0, -4)}AAAA`)).toThrow()
})

test.each(['12345', '1234567', 'abcdef', '１２３４５６', '', '1'.repeat(10_000)])(
  'the code %.20s is not even looked up',
  (code) => {
    expect(codeSchema.safeParse(code).success).toBe(false)
  },
)
test('codes may be typed with spaces', () => {
  expect(codeSchema.parse(' 123 456 ')).toBe('123456')
})

const totp = (code: string) => passStepUp(desk.db, secrets, session, { method: 'totp', code })
const mailCode = (code: string) => passStepUp(desk.db, secrets, session, { method: 'mail_code', code })

async function anotherSession(): Promise<SignedIn> {
  const [user] = await desk.owner<{ id: string }[]>`select id from users`
  const { sessionToken } = await openSession(desk.db, user?.id ?? '')
  const found = await readSession(desk.db, sessionToken)
  if (!found) throw new Error('no session')
  return found
}

async function reread({ sessionToken }: SignedIn): Promise<SignedIn> {
  const found = await readSession(desk.db, sessionToken)
  if (!found) throw new Error('no session')
  return found
}

const enrolled = () =>
  desk.owner`update users set totp_secret = ${sealTotpSecret(secrets.authSecret, base32)}, totp_confirmed_at = now()`

async function codeNow(offsetMs = 0, secret = base32): Promise<string> {
  const [clock] = await desk.owner<{ ms: number }[]>`select (extract(epoch from now()) * 1000)::float8 as ms`
  return currentCode(secret, (clock?.ms ?? 0) + offsetMs).code
}

/** The code as it stands in the newest mail to be sent. */
async function mailedCode(purpose: CodePurpose = 'step_up'): Promise<string> {
  expect(await sendMailCode(desk.db, secrets, session, { purpose, source: '192.0.2.1' })).toEqual({ ok: true })
  const [mail] = await desk.owner<{ sealed: string }[]>`
    select data->>'sealed' as sealed from mail_outbox where template = 'step_up_code' order by created_at desc limit 1`
  return unseal(secrets.authSecret, sealPurpose, mail?.sealed ?? '')
}
