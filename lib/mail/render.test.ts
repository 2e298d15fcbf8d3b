import { expect, test } from 'vitest'
import { mailTemplates } from '#lib/domain/effects.ts'
import { seal } from '#lib/runtime/seal.ts'
import { rows } from './format.ts'
import { linkTo } from './links.ts'
import { renderMail, sealPurpose } from './render.ts'
import { isSharedBox } from './shared-box.ts'
import { isTemplateName, schemaOf, type TemplateName } from './templates/data.ts'

const desk = { appUrl: 'https://desk.example', authSecret: 'a secret for tests that is long enough' }
const names = Object.keys(schemaOf).filter(isTemplateName)
const at = '2026-11-26T14:40:00.000Z'
const facts = {
  number: 1003,
  portalName: 'Zorza Sp. z o.o.',
  comesBack: 4128,
  wiped: 4041,
  reason: 'Jan Kowalski pomylił portal',
  deadline: at,
  givenAt: at,
  startsAt: at,
  undoUntil: at,
  endsAt: at,
  expiresAt: at,
  at,
  lastCaptureAt: at,
  pauseMs: 340,
  externalId: 'zorza',
  alertId: '5b0f8a53-3b0c-4f4e-9d53-0a7a3f0d8a11',
  from: at,
  until: at,
  deleted: 4128,
  released: 4128,
  left: 4041,
  paused: 4128,
  portalFiles: { back: 4128, lost: 4041, changed: 12 },
  withFiles: true,
  unproved: false,
  mostly: { en: 'Deals', pl: 'Szanse' },
}
const without = { deadline: null, startsAt: null, undoUntil: null, endsAt: null, lastCaptureAt: null, pauseMs: null }

test('the machine’s mails all have words', () => {
  expect(mailTemplates.filter((template) => !names.includes(template))).toEqual([])
})

test.each(names)(
  'S90 S15 %s is written in both languages, with and without what may be missing, and its subject tells nothing',
  (name) => {
    for (const missing of [{}, without]) {
      const [en, pl] = [letter(name, 'en', missing), letter(name, 'pl', missing)]
      expect(en.subject).not.toBe(pl.subject)
      for (const { subject, text, html } of [en, pl]) {
        expect(`${subject}${text}${html}`).not.toMatch(/undefined|null|NaN|\[object|Invalid/)
        expect(subject).not.toMatch(/Zorza|Kowalski|4[ ,\u00a0]?128|4[ ,\u00a0]?041/)
        expect(subject.length).toBeLessThan(80)
        expect(text.trim()).not.toBe('')
      }
    }
  },
)

test('S38 of a sampled preview no mail tells an estimate as if it were counted', () => {
  const estimated = { comesBackAtLeast: 4000, comesBackAtMost: 4300, wipedAtMost: 4100 }
  // What came back paused is counted by the run, whatever the preview was.
  const sampled = { ...facts, paused: 0, portalFiles: undefined }
  const ofSample = (name: 'consent_receipt' | 'restored', locale: 'en' | 'pl') => {
    const reader = { email: 'jan@zorza.example', locale, timeZone: 'Europe/Warsaw', ofDesk: false }
    return renderMail(name, { ...sampled, estimated }, reader, desk).text
  }
  for (const locale of ['en', 'pl'] as const) {
    expect(ofSample('consent_receipt', locale)).toMatch(/estimate from a sample|szacunku z\sprób/)
    for (const bound of [/4[, \u00a0]?000/, /4[, \u00a0]?300/, /4[, \u00a0]?100/])
      expect(ofSample('consent_receipt', locale)).toMatch(bound)
    for (const name of ['consent_receipt', 'restored'] as const) {
      expect(letter(name, locale, {}).text).toMatch(/4[, \u00a0]?128/)
      expect(ofSample(name, locale)).not.toMatch(/4[, \u00a0]?128|4[, \u00a0]?041/)
    }
  }
})

test('files of the portal are counted in receipt, report and what an undo tells, and whoever is to wait is told that they go back too', () => {
  for (const [locale, inReceipt, inReport, inUndone, before] of [
    [
      'en',
      'come back: 4,128; added since and taken away: 4,041',
      'came back: 4,128',
      'with the undo: 4,128',
      'Close those you have open',
    ],
    [
      'pl',
      'które wracają: 4128; dodane później, które znikają: 4041',
      'które wróciły: 4128',
      'dzięki cofnięciu: 4128',
      'Zamknij te, które masz otwarte',
    ],
  ] as const) {
    const reader = { email: 'jan@zorza.example', locale, timeZone: 'Europe/Warsaw', ofDesk: false }
    const text = (name: TemplateName, other = {}) =>
      renderMail(name, { ...facts, ...other }, reader, desk).text.replaceAll('\u00a0', ' ')
    expect(text('consent_receipt')).toContain(inReceipt)
    expect(text('restored')).toContain(inReport)
    expect(text('undone')).toContain(inUndone)
    expect(text('undone', { portalFiles: undefined })).not.toMatch(/files of the portal|pliki portalu/i)
    expect(text('restore_begins')).toContain(before)
    expect(text('restored', { portalFiles: undefined })).not.toMatch(/files of the portal|pliki portalu/i)
    expect(text('restore_begins', { withFiles: false })).not.toContain(before)
  }
})

test.each(names)('S15 %s to a shared box names nobody and counts nothing', (name) => {
  const { subject, text, html } = letter(name, 'pl', {}, 'biuro@zorza.example')
  expect(`${subject}${text}${html}`).not.toMatch(/Zorza|zorza\?|Kowalski|4[ ,\u00a0]?128|4[ ,\u00a0]?041/)
})

test.each(names)('I14 what %s links to is a page of ours that asks for sign-in, never an address that acts', (name) => {
  const links = [...letter(name, 'en', {}).html.matchAll(/href="([^"]+)"/g)].map(([, href]) => new URL(href ?? ''))
  for (const { origin, pathname } of links) {
    expect(origin).toBe('https://desk.example')
    expect(pathname).not.toMatch(/^\/api/)
  }
})

test('R12 a mail of a failed restore says once that the portal is as it was, and one of a failed undo never that it is as before', () => {
  expect(letter('restore_failed', 'en', {}).text.match(/exactly as it was before/g)).toHaveLength(1)
  expect(letter('undo_failed', 'en', {}).text).toContain('as it was after the restore')
})

test.each(['restore_failed', 'undo_failed'] as const)(
  'S119 %s that could not be proved claims nothing of the portal, in both languages',
  (name) => {
    for (const locale of ['en', 'pl'] as const) {
      const reader = { email: 'jan@zorza.example', locale, timeZone: 'Europe/Warsaw', ofDesk: false }
      const { text } = renderMail(name, { ...facts, unproved: true }, reader, desk)
      expect(text).not.toMatch(/as it was|taki jak/)
      expect(text).toMatch(/not certain|Nie ma pewności/)
    }
  },
)

test('no line of a mail ends between a number and its unit, nor after a short Polish word', () => {
  expect(letter('restore_begins', 'pl', {}).text).toContain('0,3\u00a0s')
  expect(letter('sign_in_link', 'pl', {}).text).toContain('poniżej i\u00a0naciśnij')
})

test('a link that would leave APP_URL is a bug, and thrown', () => {
  expect(() => linkTo(desk.appUrl, '//evil.example/tickets/1')).toThrow(/may not leave/)
})

test('staff are led to the desk’s page of a ticket, customers to theirs', () => {
  const data = { number: 7, portalName: 'Zorza' }
  const reader = { email: 'a@zorza.example', locale: 'en', timeZone: 'UTC' } as const
  expect(renderMail('reply_posted', data, { ...reader, ofDesk: true }, desk).text).toContain(
    'https://desk.example/desk/tickets/7',
  )
  expect(renderMail('reply_posted', data, { ...reader, ofDesk: false }, desk).text).toContain('https://desk.example/tickets/7')
})

test('shared boxes are known by their names, people are not', () => {
  const shared = ['biuro@a.example', 'INFO@a.example', 'crm+restore@a.example', 'sales.pl@a.example', 'kontakt-2@a.example']
  expect(shared.filter((address) => !isSharedBox(address))).toEqual([])
  expect(['olga@a.example', 'informa@a.example'].filter(isSharedBox)).toEqual([])
})

test('rows are counted as each language counts', () => {
  expect([1, 2, 5, 22, 1000].map((count) => rows(count, 'pl'))).toEqual([
    '1 rekord',
    '2 rekordy',
    '5 rekordów',
    '22 rekordy',
    '1000 rekordów',
  ])
  expect([1, 2].map((count) => rows(count, 'en'))).toEqual(['1 record', '2 records'])
})

function letter(name: TemplateName, locale: 'en' | 'pl', missing: object, email = 'jan@zorza.example') {
  const sealed = seal(desk.authSecret, sealPurpose, name === 'step_up_code' ? '123456' : '/sign-in/confirm?token=t&email=e')
  const nullable = Object.fromEntries(
    Object.entries(missing).filter(([key]) => schemaOf[name].safeParse({ ...facts, sealed, [key]: null }).success),
  )
  return renderMail(name, { ...facts, sealed, ...nullable }, { email, locale, timeZone: 'Europe/Warsaw', ofDesk: false }, desk)
}
