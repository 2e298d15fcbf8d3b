import { describe, expect, test } from 'vitest'
import { captureReasonSchema, reasonOfError, reasonOfRefusal } from './capture-reasons.ts'
import { failureKinds } from './events.ts'
import { type JsonValue, refusalCodes, refuse } from './refusal.ts'
import { captureReasonWords, failureWords, refusalWords } from './refusal-words.ts'

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
  enrolledAt: '2026-11-25T09:00:00Z',
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

test.each([...failureKinds, 'cancelled'] as const)(
  'a run that ended by %s says why, in both languages, and leaves the rest to the page around it',
  (kind) => {
    const failure = { kind, detail: 'ENOSPC', refusal: null, at: '2026-11-25T09:00:00Z' }
    const [en, pl] = [failureWords(failure, readers.en), failureWords(failure, readers.pl)]
    expect(en.why).not.toBe(pl.why)
    for (const { why } of [en, pl]) expect(why).toMatch(/^\p{Lu}.*\.$/u)
    expect(`${en.why} ${pl.why}`).not.toMatch(/exactly as it was|taki jak przedtem/)
  },
)

test('S51 too little space for files is told with how much it would take, how much there is and where', () => {
  const told = (more: Record<string, JsonValue>) =>
    Object.values(readers).map((reader) =>
      refusalWords(
        { code: 'not_enough_disk', facts: { neededBytes: 6_200_000, freeBytes: 640_000, ...more } },
        reader,
      ).why.replaceAll('\u00a0', ' '),
    )
  expect(told({ of: 'files', where: '/srv/acme' })).toEqual([
    'There is too little space where the portal’s files are kept: 6.2 MB needed, 640 kB free.',
    'Tam, gdzie są pliki portalu, jest za mało miejsca: potrzeba 6,2 MB, wolne jest 640 kB.',
  ])
  expect(told({ of: 'files', where: '/srv/acme', because: 'ENOSPC' })).toEqual([
    'The space ran out while the portal’s files were being made ready: 6.2 MB needed, 640 kB free now.',
    'Podczas przygotowywania plików portalu zabrakło miejsca: potrzeba 6,2 MB, wolne jest teraz 640 kB.',
  ])
  expect(told({ of: 'copies', where: '/backups' })).toEqual([
    'There was no space left where the copies are kept: 640 kB free now.',
    'Zabrakło miejsca tam, gdzie przechowywane są kopie: wolne jest teraz 640 kB.',
  ])
})

test('a run that met a rule says what would help as well', () => {
  const failure = { kind: 'blocked', detail: '', refusal: refuse('lock_not_granted'), at: '2026-11-25T09:00:00Z' } as const
  expect(failureWords(failure, readers.en)).toEqual({
    why: 'Other programs were using the data and did not let go in time.',
    whatWouldHelp: 'Try again at a quieter time, or choose a window.',
  })
})

test('R7 a plan is told by its name, not by its key', () => {
  const told = (plan: string) =>
    Object.values(readers).map((reader) => refusalWords({ code: 'plan_not_paid', facts: { plan } }, reader).why)
  expect(told('free')).toEqual([
    'Restores are part of the paid plans; the portal’s plan is “Free”.',
    'Przywracanie jest częścią płatnych planów; plan portalu to „Darmowy”.',
  ])
  expect(told('professional')[0]).toContain('“Professional”')
})

test.each(captureReasonSchema.options)(
  'S27 that there is no restore point because of %s is said in a sentence of its own in both languages',
  (reason) => {
    const [en, pl] = [captureReasonWords(reason, 'en'), captureReasonWords(reason, 'pl')]
    expect(en).not.toBe(pl)
    for (const words of [en, pl]) expect(words).toMatch(/^\p{Lu}[^.]*\.$/u)
    const all = captureReasonSchema.options.map((one) => captureReasonWords(one, 'en'))
    expect(all.filter((words) => words === en)).toEqual([en])
  },
)

test('S27 every code that an adapter can refuse a capture with says more than that something unexpected happened', () => {
  const ofCaptures = [
    'portal_missing',
    'role_cannot_see_rows',
    'not_enough_disk',
    'schema_moved',
    'sessions_hold_on',
    'lock_not_granted',
    'programs_missing',
    'repository_unavailable',
    'files_unsettled',
    'remote_unusable',
    'commit_forbidden',
  ] as const
  expect(ofCaptures.filter((code) => reasonOfRefusal[code] === 'error')).toEqual([])
})

test.each([
  ['53100', 'no_space'],
  ['ENOSPC', 'no_space'],
  ['ECONNREFUSED', 'portal_unreachable'],
  ['57P01', 'portal_unreachable'],
  ['XX000', 'error'],
] as const)('S27 a program that ends with %s is told as %s', (code, reason) => {
  expect(reasonOfError(Object.assign(new Error('no'), { code }))).toBe(reason)
})
