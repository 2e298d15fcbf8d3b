import { describe, expect, test } from 'vitest'
import { failureKinds } from './events.ts'
import { type JsonValue, refusalCodes } from './refusal.ts'
import { failureWords, refusalWords } from './refusal-words.ts'

const facts: Record<string, JsonValue> = {
  retentionDays: 7,
  diesAt: '2026-11-25T09:00:00Z',
  due: '2026-11-25T09:00:00Z',
  until: '2026-11-25T09:00:00Z',
  limit: '2026-11-25T09:00:00Z',
  openHolds: 3,
  offered: ['crm', 'full'],
  portalName: 'Acme',
  freshMinutes: 10,
  since: '2026-11-25T09:00:00Z',
  uncountedRows: 12,
  plan: 'free',
  counted: 1,
  needed: 2,
  number: 1042,
  minimumMinutes: 15,
  wallClock: '2027-10-31 02:30',
  timeZone: 'Europe/Warsaw',
  offsets: ['+02:00', '+01:00'],
}
const readers = { en: { locale: 'en', timeZone: 'Europe/Lisbon' }, pl: { locale: 'pl', timeZone: 'Europe/Warsaw' } } as const

describe.each(refusalCodes)('%s', (code) => {
  test('is said in both languages, in whole sentences, with every fact in its place', () => {
    for (const reader of Object.values(readers)) {
      const { why, whatWouldHelp } = refusalWords({ code, facts }, reader)
      for (const words of [why, whatWouldHelp ?? 'Nothing.']) {
        expect(words).toMatch(/^[\p{Lu}\d„“].*[.”)]$/u)
        expect(words).not.toMatch(/undefined|null|NaN|Invalid| {2}|„”|“”|\(#\)/)
      }
    }
    expect(refusalWords({ code, facts }, readers.en).why).not.toBe(refusalWords({ code, facts }, readers.pl).why)
  })

  test('does not know the gender of its Polish reader', () => {
    const { why, whatWouldHelp } = refusalWords({ code, facts }, readers.pl)
    expect(`${why} ${whatWouldHelp ?? ''}`).not.toMatch(/\p{L}+(łeś|łaś|[aeiyęą]łem|[aeiyęą]łam)(?!\p{L})/u)
  })
})

test('plurals: one, few and many in Polish', () => {
  const held = (openHolds: number) => refusalWords({ code: 'hold_limit_reached', facts: { openHolds } }, readers.pl).why
  expect([held(1), held(3), held(5)].map((text) => text.match(/\d \S+ \S+/)?.[0].replace(';', ''))).toEqual([
    '1 punkt przywracania',
    '3 punkty przywracania',
    '5 punktów przywracania',
  ])
})

test('S30 an instant is written in its reader’s zone, with the zone', () => {
  const late = (reader: (typeof readers)['en' | 'pl']) => refusalWords({ code: 'too_late', facts }, reader).why
  expect(late(readers.en)).toMatch(/09:00 (WET|GMT)/)
  expect(late(readers.pl)).toMatch(/10:00 (CET|UTC\+1|GMT\+1)/)
})

test.each([...failureKinds, 'cancelled'] as const)('a run that ended by %s says that the portal is as it was', (kind) => {
  const failure = { kind, detail: 'ENOSPC', refusal: null, at: '2026-11-25T09:00:00Z' }
  expect(failureWords(failure, readers.en)).toContain('exactly as it was')
  expect(failureWords(failure, readers.pl)).toContain('dokładnie taki jak przedtem')
})
