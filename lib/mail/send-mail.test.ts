import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { type Catcher, startCatcher } from './catcher.ts'
import { enqueueMail, type OutgoingMail } from './outbox.ts'
import { listCaughtMails, listMailboxes, type OpenedMail, readCaughtMail } from './read-caught-mails.ts'
import { type Post, sendMail } from './send-mail.ts'
import { smtpTransport } from './transport.ts'

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
  await desk.owner`truncate caught_mails, mail_outbox, alerts cascade`
})

const deadline = '2026-11-26T14:40:00.000Z'
const toOlga = { email: 'olga@corax.example', locale: 'pl' as const }

test('S59 a mail waits in the outbox while the server is away, and goes out once it is back', async () => {
  const [outboxId] = await enqueue({ template: 'cancelled', data: { number: 1003, portalName: 'Corax' }, to: toOlga })
  const nobody = await freePort()
  await expect(sendMail(desk.db, post(nobody), outboxId)).rejects.toThrow(/was not taken/)
  expect(await desk.owner`select attempts, sent_at, dead_at, last_error <> '' as told from mail_outbox`).toEqual([
    { attempts: 1, sent_at: null, dead_at: null, told: true },
  ])
  expect(await sendMail(desk.db, post(catcher.port), outboxId)).toBe('sent')
  expect(await sendMail(desk.db, post(catcher.port), outboxId)).toBe('nothing_to_do')
  expect((await listCaughtMails(desk.db, {})).mails).toHaveLength(1)
})

test('S59 an address that the server refuses for good makes the mail dead, with the reason, and alerts the desk once', async () => {
  const server = await refusingServer(550)
  for (const number of [1003, 1004]) {
    const [outboxId] = await enqueue({ template: 'cancelled', data: { number, portalName: 'Corax' }, to: toOlga })
    expect(await sendMail(desk.db, post(server.port), outboxId)).toBe('dead')
  }
  await server.close()
  const dead = await desk.owner`select dead_at is not null as dead, last_error from mail_outbox`
  expect(dead).toHaveLength(2)
  expect(dead[0]).toMatchObject({ dead: true, last_error: textWith('550') })
  expect(await desk.owner`select kind, subject from alerts`).toEqual([{ kind: 'mail_undeliverable', subject: toOlga.email }])
})

test('S59 a busy mailbox (4xx) is tried again, and given up only after the last attempt', async () => {
  const server = await refusingServer(451)
  const [outboxId] = await enqueue({ template: 'cancelled', data: { number: 1003, portalName: 'Corax' }, to: toOlga })
  await expect(sendMail(desk.db, post(server.port), outboxId)).rejects.toThrow(/451/)
  await desk.owner`update mail_outbox set attempts = 24`
  expect(await sendMail(desk.db, post(server.port), outboxId)).toBe('dead')
  await server.close()
})

test('I12 a mail and its job leave with the transaction that tells it, or not at all; the same key makes one mail', async () => {
  const mail = { template: 'closed', data: { number: 1003, portalName: 'Corax' }, to: toOlga, dedupeKey: 'closed:1003' } as const
  await expect(
    scoped(desk.db, 'system', async (tx) => {
      await enqueueMail(tx, mail)
      throw new Error('the ticket could not be written')
    }),
  ).rejects.toThrow('could not be written')
  expect(await desk.owner`select id from mail_outbox`).toHaveLength(0)
  expect(await enqueue(mail)).toHaveLength(1)
  expect(await enqueue(mail)).toHaveLength(1)
  expect(
    await desk.owner`select key from graphile_worker.jobs where key like 'mail:%' and key in (select 'mail:' || id from mail_outbox)`,
  ).toHaveLength(1)
})

test('S90 a mail is written in its reader’s language and time zone', async () => {
  await desk.owner`insert into users (email, name, locale, time_zone) values (${toOlga.email}, 'Olga Nowak', 'pl', 'Europe/Warsaw')`
  const polish = await delivered({ template: 'owner_asked', data: { number: 1003, portalName: 'Corax', deadline }, to: toOlga })
  expect(polish.subject).toBe('[#1003] Przywracanie danych wymaga Twojej zgody')
  expect(polish.text).toContain('15:40 (UTC+1)')
  const english = await delivered({
    template: 'owner_asked',
    data: { number: 1003, portalName: 'Corax', deadline },
    to: { email: 'joao@corax.example', locale: 'en' },
  })
  expect(english.text).toContain('Thu, 26 Nov 2026, 14:40 (UTC+0)')
  expect(english.html).toContain('lang="en"')
})

test('S15 subjects say no names and no counts; to a shared box the whole mail says none', async () => {
  const data = { number: 1003, portalName: 'Corax', comesBack: 128, wiped: 41, givenAt: deadline }
  const own = await delivered({ template: 'consent_receipt', data, to: { email: 'olga@corax.example', locale: 'en' } })
  expect(own.subject).not.toMatch(/Corax|128|41/)
  expect(own.text).toMatch(/Corax[\s\S]*128 records[\s\S]*41 records/)
  for (const email of ['biuro@corax.example', 'Info+crm@corax.example']) {
    const shared = await delivered({ template: 'consent_receipt', data, to: { email, locale: 'en' } })
    expect(shared.subject + shared.text + shared.html).not.toMatch(/Corax|128|\b41\b/)
    expect(shared.text).toContain('/tickets/1003')
  }
})

test('S109 markup, quotes and line breaks in what people typed stay text', async () => {
  const typed = '<img src=x onerror=alert(1)>"\'&</p>\r\nBcc: a@b.example'
  const mail = await delivered({
    template: 'rejected',
    data: { number: 1003, portalName: typed, reason: typed },
    to: { email: 'joao@corax.example', locale: 'en' },
  })
  expect(mail.html).not.toMatch(/<img|onerror=alert\(1\)>"/)
  expect(mail.html).toContain('&#60;img src=x onerror=alert(1)&#62;')
  expect(mail.text).toContain('The reason: <img src=x onerror=alert(1)>"\'&</p> Bcc: a@b.example')
  expect(mail.headers.some(({ key }) => key === 'bcc')).toBe(false)
})

test('mails of one ticket make one thread, and say that a machine wrote them (RFC 3834)', async () => {
  const ticketId = await someTicket()
  const first = await delivered({
    template: 'owner_asked',
    data: { number: 1, portalName: 'Corax', deadline },
    to: toOlga,
    ticketId,
  })
  const second = await delivered({ template: 'cancelled', data: { number: 1, portalName: 'Corax' }, to: toOlga, ticketId })
  expect(header(first, 'auto-submitted')).toBe('auto-generated')
  expect(header(first, 'references')).toBe(`<ticket.${ticketId}@desk.example>`)
  expect(header(second, 'in-reply-to')).toBe(header(first, 'message-id'))
  expect(header(second, 'references')).toBe(`<ticket.${ticketId}@desk.example> ${header(first, 'message-id')}`)
})

test('S112 links lead to APP_URL and to nowhere else', async () => {
  const mail = await delivered({
    template: 'approval_asked',
    data: { number: 7, portalName: 'https://evil.example', deadline },
    to: toOlga,
  })
  const links = [...(mail.html ?? '').matchAll(/href="([^"]+)"/g)].map(([, href]) => href)
  expect(links).toEqual(['https://desk.example/desk/approvals/7'])
})

test('the catcher’s mailbox lists by recipient, finds words as they are typed, newest first', async () => {
  await delivered({ template: 'cancelled', data: { number: 1, portalName: 'Corax' }, to: toOlga })
  await delivered({
    template: 'closed',
    data: { number: 2, portalName: 'Corax' },
    to: { email: 'joao@corax.example', locale: 'en' },
  })
  expect(await listMailboxes(desk.db)).toEqual([
    { recipient: 'joao@corax.example', mails: 1 },
    { recipient: 'olga@corax.example', mails: 1 },
  ])
  expect((await listCaughtMails(desk.db, { recipient: 'Olga@corax.example' })).mails.map((mail) => mail.subject)).toEqual([
    '[#1] Anulowane',
  ])
  expect((await listCaughtMails(desk.db, { words: '#2] closed' })).mails).toHaveLength(1)
  expect((await listCaughtMails(desk.db, { words: 'c_osed' })).mails).toEqual([])
  expect((await listCaughtMails(desk.db, {})).mails.map((mail) => mail.subject)).toEqual(['[#2] Closed', '[#1] Anulowane'])
})

function post(port: number): Post {
  return {
    transport: smtpTransport(`smtp://127.0.0.1:${port}`),
    from: 'Restore Desk <desk@desk.example>',
    appUrl: 'https://desk.example',
    authSecret: 'a secret for tests that is long enough',
  }
}

async function enqueue(mail: OutgoingMail): Promise<[string]> {
  await scoped(desk.db, 'system', (tx) => enqueueMail(tx, mail))
  const [row] = await desk.owner<{ id: string }[]>`select id from mail_outbox order by created_at desc, id limit 1`
  if (!row) throw new Error('nothing was enqueued')
  return [row.id]
}

async function delivered(mail: OutgoingMail): Promise<OpenedMail> {
  const [outboxId] = await enqueue(mail)
  expect(await sendMail(desk.db, post(catcher.port), outboxId)).toBe('sent')
  const [newest] = (await listCaughtMails(desk.db, { recipient: mail.to.email })).mails
  const opened = newest ? await readCaughtMail(desk.db, newest.id) : null
  if (!opened) throw new Error('the mail did not arrive')
  return opened
}

const header = (mail: OpenedMail, key: string) => mail.headers.find((line) => line.key === key)?.value

/** A real SMTP server that refuses every recipient with this code. */
async function refusingServer(code: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no such mailbox'), { responseCode: code })),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

async function freePort(): Promise<number> {
  const server = await refusingServer(550)
  await server.close()
  return server.port
}

/** Rows are only to hang a ticket on: the rules of tickets are not what is tested here. */
async function someTicket(): Promise<string> {
  const { owner } = desk
  const [user] = await owner<
    { id: string }[]
  >`insert into users (email) values (${`u${crypto.randomUUID()}@corax.example`}) returning id`
  const [store] = await owner<{ id: string }[]>`
    insert into datastores (name, admin_url, system_identifier) values ('eu-1', 'postgres://x', '1') returning id`
  const [portal] = await owner<{ id: string }[]>`
    insert into portals (external_id, name, edition, plan, datastore_id, database_name)
    values ('corax', 'Corax', 'cloud', 'pro', ${store?.id ?? ''}, 'corax') returning id`
  const [ticket] = await owner.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    return tx<{ id: string }[]>`
      insert into tickets (portal_id, scope, snapshot_id, preview_id, requester_id, subject, reason, state, machine_state, machine_version, policy_version, turn)
      values (${portal?.id ?? ''}, 'crm', gen_random_uuid(), gen_random_uuid(), ${user?.id ?? ''}, 's', 'r', 'verifyingOwner', '{}', 1, 1, 'owner') returning id`
  })
  if (!ticket) throw new Error('no ticket')
  return ticket.id
}
