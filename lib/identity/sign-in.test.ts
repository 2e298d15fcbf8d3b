import { Auth, skipCSRFCheck } from '@auth/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { sealPurpose } from '#lib/mail/render.ts'
import { unseal } from '#lib/runtime/seal.ts'
import { acceptSignInLink, sessionTokenIn, showConfirmPage } from './accept-sign-in-link.ts'
import { safePath } from './address.ts'
import { authConfig } from './auth-config.ts'
import { requestSignInLink } from './request-sign-in-link.ts'
import { endSession, openSession, readSession, sessionCookie } from './session.ts'

const settings = { appUrl: 'https://desk.example', authSecret: 'a secret for tests that is long enough' }
const cookieName = '__Secure-authjs.session-token'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  await desk.owner`truncate users, sessions, verification_tokens, mail_outbox, rate_limits cascade`
  await desk.owner`insert into users (email, name) values ('Olga@corax.example', 'Olga Nowak')`
  await desk.owner`insert into users (email, name, deactivated_at) values ('gone@corax.example', 'Gone', now())`
})

test('a link asked for signs its reader in, once', async () => {
  const link = await askedLink('olga@corax.example', '/tickets/1003')
  expect(link.origin + link.pathname).toBe('https://desk.example/sign-in/confirm')
  const answer = await press(link)
  expect(answer.headers.get('location')).toBe('https://desk.example/tickets/1003')
  const signedIn = await readSession(desk.db, sessionIn(answer) ?? '')
  expect(signedIn?.actor).toMatchObject({ kind: 'person', name: 'Olga Nowak', deskRoles: [], stepUp: null })
  const again = await press(link)
  expect([again.headers.get('location'), sessionIn(again)]).toEqual(['https://desk.example/sign-in?error=link', null])
})

test('S11 I14 opening the link, as a scanner does, signs nobody in and uses nothing up', async () => {
  const link = await askedLink('olga@corax.example')
  const opened = showConfirmPage(new Request(callback(link)), settings)
  expect([opened.status, opened.headers.get('location'), sessionIn(opened)]).toEqual([303, link.href, null])
  expect(await desk.owner`select 1 from sessions`).toHaveLength(0)
  expect(sessionIn(await press(link))).not.toBeNull()
})

test('S112 unknown and deactivated addresses are answered like known ones, get no mail and no session', async () => {
  const answers = []
  for (const address of ['olga@corax.example', 'nobody@corax.example', 'gone@corax.example']) {
    answers.push(await requestSignInLink(desk.db, { address, source: '192.0.2.1' }, (email) => signIn(email, '/')))
  }
  expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }])
  expect(await desk.owner`select recipient from mail_outbox`).toEqual([{ recipient: 'Olga@corax.example' }])
})

test('somebody who is deactivated after the link was mailed is not signed in, and open sessions end', async () => {
  const link = await askedLink('olga@corax.example')
  const open = sessionIn(await press(await askedLink('olga@corax.example')))
  await desk.owner`update users set deactivated_at = now()`
  expect(sessionIn(await press(link))).toBeNull()
  expect(await readSession(desk.db, open ?? '')).toBeNull()
})

test.each([
  '"olga@corax.example"',
  'olga@corax.example,eve@evil.example',
  'olga@corax.example\r\nbcc: eve@evil.example',
  '%@corax.example%',
  'оlga@corax.example',
  'olga＠corax.example',
  `${'a'.repeat(300)}@corax.example`,
  '',
])('S112 the address %j is refused', async (address) => {
  const sent: string[] = []
  const answer = await requestSignInLink(desk.db, { address, source: '192.0.2.1' }, async (email) => sent.push(email))
  expect(answer).toEqual({ ok: false, reason: 'invalid_address' })
  expect(sent).toEqual([])
})

test('S112 wildcards in an address match nothing but themselves', async () => {
  await signIn('_lga@corax.example', '/')
  expect(await desk.owner`select 1 from mail_outbox`).toHaveLength(0)
})

test.each([
  ['', 'olga@corax.example'],
  ['null', 'olga@corax.example'],
  ['x'.repeat(201), 'olga@corax.example'],
  ['y'.repeat(64), ''],
  ['y'.repeat(64), 'eve@evil.example'],
])('S112 the token %j for %j signs nobody in', async (token, email) => {
  await askedLink('olga@corax.example')
  const link = new URL('https://desk.example/sign-in/confirm')
  link.search = String(new URLSearchParams({ token, email }))
  expect(sessionIn(await press(link))).toBeNull()
  expect(await desk.owner`select 1 from sessions`).toHaveLength(0)
})

test('S112 a link of one person does not open with the address of another', async () => {
  await desk.owner`insert into users (email) values ('eve@corax.example')`
  const link = await askedLink('eve@corax.example')
  link.searchParams.set('email', 'olga@corax.example')
  expect(sessionIn(await press(link))).toBeNull()
})

test('S112 a link that is over signs nobody in', async () => {
  const link = await askedLink('olga@corax.example')
  await desk.owner`update verification_tokens set expires = now() - interval '1 second'`
  expect(sessionIn(await press(link))).toBeNull()
})

test('S112 a session fixed before sign-in stays worthless: signing in makes a new one', async () => {
  const link = await askedLink('olga@corax.example')
  const answer = await press(link, { cookie: `${cookieName}=chosen-by-somebody-else` })
  expect(sessionIn(answer)).not.toBe('chosen-by-somebody-else')
  expect(await readSession(desk.db, 'chosen-by-somebody-else')).toBeNull()
})

test('S112 a form on a foreign page signs nobody in', async () => {
  const link = await askedLink('olga@corax.example')
  expect(sessionIn(await press(link, { origin: 'https://evil.example' }))).toBeNull()
  expect(sessionIn(await press(link, { 'sec-fetch-site': 'cross-site' }))).toBeNull()
  expect(sessionIn(await press(link, { 'sec-fetch-site': 'same-origin' }))).not.toBeNull()
})

test('S112 a foreign host, by header or by callback, never gets into a link or a redirect', async () => {
  const link = await askedLink('olga@corax.example', 'https://evil.example/tickets/1', 'https://evil.example')
  expect(link.origin).toBe('https://desk.example')
  expect(link.searchParams.get('callbackUrl')).toBe('/')
  const pressed = new URL(link)
  pressed.host = 'evil.example'
  pressed.searchParams.set('callbackUrl', '//evil.example')
  const answer = await press(pressed)
  expect(answer.headers.get('location')).toBe('https://desk.example/')
  expect(answer.headers.getSetCookie().join()).not.toContain('evil')
})

test.each([
  ['/tickets/1?x=2', '/tickets/1?x=2'],
  ['https://desk.example/desk', '/desk'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['https://desk.example.evil.example', '/'],
  [null, '/'],
])('S112 after signing in, %s leads to %s', (wanted, path) => {
  expect(safePath(wanted, settings.appUrl)).toBe(path)
})

test('links are limited per address and per source, and each refusal says when to come back', async () => {
  const ask = (address: string, source: string) => requestSignInLink(desk.db, { address, source }, async () => undefined)
  for (let n = 0; n < 5; n++) expect(await ask('olga@corax.example', `192.0.2.${n}`)).toEqual({ ok: true })
  const refused = await ask('olga@corax.example', '192.0.2.9')
  expect(refused).toMatchObject({ ok: false, reason: 'too_many' })
  expect('retryAfterSeconds' in refused && refused.retryAfterSeconds).toBeGreaterThan(0)
  expect('retryAfterSeconds' in refused && refused.retryAfterSeconds).toBeLessThanOrEqual(900)
  await desk.owner`insert into rate_limits (bucket, window_start, used) select 'link:source:203.0.113.7', to_timestamp(floor(extract(epoch from now()) / 900) * 900), 30`
  expect(await ask('another@corax.example', '203.0.113.7')).toMatchObject({ ok: false, reason: 'too_many' })
})

test('S91 a session is over when the database says so, and after signing out', async () => {
  const [user] = await desk.owner<{ id: string }[]>`select id from users where name = 'Olga Nowak'`
  const { sessionToken, expires } = await openSession(desk.db, user?.id ?? '')
  expect(Math.round((expires.getTime() - Date.now()) / 86_400_000)).toBe(7)
  expect(await readSession(desk.db, sessionToken)).not.toBeNull()
  await desk.owner`update sessions set expires = now() - interval '1 second'`
  expect(await readSession(desk.db, sessionToken)).toBeNull()
  await desk.owner`update sessions set expires = now() + interval '1 day'`
  await endSession(desk.db, sessionToken)
  expect(await readSession(desk.db, sessionToken)).toBeNull()
})

test('over https the session cookie is for https only', () => {
  expect(sessionCookie('https://desk.example')).toEqual({
    name: '__Secure-authjs.session-token',
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
  })
  expect(sessionCookie('http://localhost:3000').name).toBe('authjs.session-token')
})

/** What the sign-in form does, without the browser: Auth.js makes the token and has it mailed. */
async function signIn(email: string, callbackUrl: string, origin = settings.appUrl): Promise<void> {
  const body = new URLSearchParams({ email, callbackUrl })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', host: new URL(origin).host }
  const request = new Request(`${origin}/api/auth/signin/mail`, { method: 'POST', headers, body })
  await Auth(request, { ...authConfig(desk.db, settings), skipCSRFCheck })
}

async function askedLink(email: string, callbackUrl = '/', origin = settings.appUrl): Promise<URL> {
  await signIn(email, callbackUrl, origin)
  const [mail] = await desk.owner<
    { sealed: string }[]
  >`select data->>'sealed' as sealed from mail_outbox order by created_at desc limit 1`
  return new URL(unseal(settings.authSecret, sealPurpose, mail?.sealed ?? ''), settings.appUrl)
}

function callback(link: URL): URL {
  const url = new URL(link)
  url.pathname = '/api/auth/callback/mail'
  return url
}

function press(link: URL, headers: Record<string, string> = {}): Promise<Response> {
  return acceptSignInLink(new Request(callback(link), { method: 'POST', headers }), settings, (request) =>
    Auth(request, authConfig(desk.db, settings)),
  )
}

const sessionIn = (answer: Response) => sessionTokenIn(answer, cookieName)
