import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember, makePortal } from '#db/testing/factories.ts'
import { type Catcher, startCatcher } from '#lib/mail/catcher.ts'
import { listCaughtMails, readCaughtMail } from '#lib/mail/read-caught-mails.ts'
import { sealPurpose } from '#lib/mail/render.ts'
import { sendMail } from '#lib/mail/send-mail.ts'
import { smtpTransport } from '#lib/mail/transport.ts'
import { unseal } from '#lib/runtime/seal.ts'
import { beginEnrolment, confirmEnrolment } from './enrol-second-step.ts'
import { sendMailCode } from './mail-code.ts'
import { openSession, readSession } from './session.ts'
import { currentCode } from './totp.ts'

const secrets = { authSecret: 'a secret for tests that is long enough' }

let desk: TestDatabase
let catcher: Catcher
beforeAll(async () => {
  desk = await cloneDatabase()
  catcher = await startCatcher(desk.db)
})
afterAll(async () => {
  await catcher.close()
  await desk.drop()
})
beforeEach(async () => {
  await desk.owner`truncate caught_mails, mail_outbox cascade`
})

test('S7 an owner’s new authenticator is told to every other administrator of each portal they own, and to nobody else', async () => {
  const { portal, owner } = await makePortal(desk.db)
  const second = await makePortal(desk.db, { owner })
  const sold = await makePortal(desk.db, { owner })
  await desk.owner`update ownerships set to_at = now() where portal_id = ${sold.portal.id}`
  const others = [await makeMember(desk.db, portal.id, 'admin'), await makeMember(desk.db, second.portal.id, 'admin')]
  await makeMember(desk.db, portal.id, 'member')
  await makeMember(desk.db, sold.portal.id, 'admin')
  await makeMember(desk.db, (await makePortal(desk.db)).portal.id, 'admin')
  const left = await makeMember(desk.db, portal.id, 'admin')
  await desk.owner`update portal_people set deactivated_at = now() where user_id = ${left.id}`
  const gone = await makeMember(desk.db, portal.id, 'admin')
  await desk.owner`update users set deactivated_at = now() where id = ${gone.id}`
  await enrol(owner.id)
  expect(await told()).toEqual(others.map(({ email }) => email).sort())
})

test('S7 an administrator who owns nothing tells nobody', async () => {
  const { portal } = await makePortal(desk.db)
  await makeMember(desk.db, portal.id, 'admin')
  await enrol((await makeMember(desk.db, portal.id, 'admin')).id)
  expect(await told()).toEqual([])
})

test('S7 S15 S90 the mail says which portal and when, in its reader’s language; its subject says neither', async () => {
  const { portal, owner } = await makePortal(desk.db, { name: 'Zorza' })
  const english = await makeMember(desk.db, portal.id, 'admin')
  const polish = await makeMember(desk.db, portal.id, 'admin')
  await desk.owner`update users set locale = 'pl', time_zone = 'Europe/Warsaw' where id = ${polish.id}`
  await enrol(owner.id)
  const [en, pl] = [await delivered(english.email), await delivered(polish.email)]
  expect(en.text).toContain('the owner of the portal “Zorza”')
  expect(pl.text).toContain('właściciela portalu „Zorza”')
  expect(pl.text).toMatch(/\(UTC\+[12]\)/)
  for (const { subject } of [en, pl]) expect(subject).not.toMatch(/Zorza|person|\d/)
})

test('I12 the authenticator counts only if its telling was written: one transaction, with the job of each mail', async () => {
  const { portal, owner } = await makePortal(desk.db)
  await makeMember(desk.db, portal.id, 'admin')
  await desk.owner`alter table mail_outbox add constraint no_telling check (template <> 'owner_second_step_enrolled')`
  await expect(enrol(owner.id)).rejects.toThrow()
  await desk.owner`alter table mail_outbox drop constraint no_telling`
  expect(await desk.owner`select totp_secret, totp_confirmed_at from users where id = ${owner.id}`).toEqual([
    { totp_secret: null, totp_confirmed_at: null },
  ])
  await enrol(owner.id)
  const [waiting] = await desk.owner<{ jobs: number }[]>`select count(*)::int as jobs from graphile_worker.jobs
    where key in (select 'mail:' || id from mail_outbox where template = 'owner_second_step_enrolled')`
  expect(waiting?.jobs).toBe(1)
})

/** Sets up an authenticator as the pages do: a code by mail, then the app's first code. */
async function enrol(userId: string): Promise<void> {
  const session = await readSession(desk.db, (await openSession(desk.db, userId)).sessionToken)
  if (!session) throw new Error('no session')
  expect(await sendMailCode(desk.db, secrets, session, { purpose: 'enrol_second_step', source: userId })).toEqual({ ok: true })
  const [mail] = await desk.owner<{ sealed: string }[]>`select data->>'sealed' as sealed from mail_outbox
    where template = 'step_up_code' and recipient = ${session.email} order by created_at desc limit 1`
  const mailCode = unseal(secrets.authSecret, sealPurpose, mail?.sealed ?? '')
  const begun = await beginEnrolment(desk.db, secrets, session, { mailCode, oldCode: null })
  if (!begun.ok) throw new Error(begun.reason)
  const { pending, base32 } = begun.enrolment
  const [clock] = await desk.owner<{ ms: number }[]>`select (extract(epoch from now()) * 1000)::float8 as ms`
  const { code } = currentCode(base32, clock?.ms ?? 0)
  expect(await confirmEnrolment(desk.db, secrets, session, { pending, code })).toEqual({ ok: true })
}

async function told(): Promise<string[]> {
  const rows = await desk.owner<{ recipient: string }[]>`
    select recipient from mail_outbox where template = 'owner_second_step_enrolled'`
  return rows.map(({ recipient }) => recipient).sort()
}

async function delivered(recipient: string) {
  const [row] = await desk.owner<{ id: string }[]>`select id from mail_outbox where recipient = ${recipient}`
  const transport = smtpTransport(`smtp://127.0.0.1:${catcher.port}`)
  const post = { transport, from: 'Restore Desk <desk@desk.example>', appUrl: 'https://desk.example', ...secrets }
  expect(await sendMail(desk.db, post, row?.id ?? '')).toBe('sent')
  const [newest] = (await listCaughtMails(desk.db, { recipient })).mails
  const opened = newest ? await readCaughtMail(desk.db, newest.id) : null
  if (!opened) throw new Error('the mail did not arrive')
  return opened
}
