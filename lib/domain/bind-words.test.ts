import { expect, test } from 'vitest'
import { bindWords } from './bind-words.ts'
import { refusalWords } from './refusal-words.ts'

const shown = (text: string) => text.replaceAll('\u00a0', '_')

test.each([
  ['en', 'about 3 s, or 1 h 56 min left', 'about 3_s, or 1_h_56_min left'],
  ['pl', 'jeszcze 1 h 56 min i 2 dni 4 h', 'jeszcze 1_h_56_min i_2_dni_4_h'],
  ['pl', 'Co wróci, a co przepadnie: i z {when}, „w kolejce”', 'Co wróci, a_co przepadnie: i_z_{when}, „w_kolejce”'],
  ['en', 'I saw a list of 12 small deals', 'I saw a list of 12 small deals'],
  [
    'en',
    'for {hours, plural, one {# hour} other {# hours}} and {seconds} s',
    'for {hours, plural, one {#_hour} other {#_hours}} and {seconds}_s',
  ],
] as const)('%s: “%s” is not torn apart', (locale, text, bound) => {
  expect(shown(bindWords(text, locale))).toBe(bound)
})

test('ICU and longer words are left alone', () => {
  const text = '{a, plural, one {# rekord} other {# rekordu}} na 2 i3'
  expect(bindWords(text, 'pl')).toBe(text)
})

test('a refusal is bound as a page is', () => {
  const words = refusalWords({ code: 'step_up_stale', facts: { freshMinutes: 10 } }, { locale: 'pl', timeZone: 'Europe/Warsaw' })
  expect(shown(`${words.why} ${words.whatWouldHelp}`)).toMatch(/\(10_minut\).*i_spróbuj/)
})
