import { describe, expect, it } from 'vitest'
import { bytes } from '#lib/domain/byte-words.ts'
import { exactDecimal, number, price } from './numbers.ts'
import { absoluteTime, dayKey, duration, relativeTime, spanWords, utcOffset, zoneWords } from './time.ts'

/** As it is read: a space that does not break is a space. */
const read = (text: string): string => text.replaceAll('\u00a0', ' ')

const warsaw = { timeZone: 'Europe/Warsaw' }

describe('times', () => {
  it('S30 says the offset beside every time, in the zone of the reader', () => {
    const at = new Date('2026-11-24T01:10:00Z')
    expect(read(absoluteTime(at, { locale: 'en', ...warsaw }))).toBe('Tue 24 Nov 2026, 02:10 CET (UTC+1)')
    expect(read(absoluteTime(at, { locale: 'pl', ...warsaw }))).toBe('wt. 24 lis 2026, 02:10 CET (UTC+1)')
    expect(read(absoluteTime(at, { locale: 'en', timeZone: 'Europe/Lisbon' }))).toBe('Tue 24 Nov 2026, 01:10 WET (UTC+0)')
    expect(read(absoluteTime(at, { locale: 'en', timeZone: 'Europe/London' }))).toBe('Tue 24 Nov 2026, 01:10 GMT (UTC+0)')
    expect(read(absoluteTime(at, { locale: 'pl', timeZone: 'UTC' }))).toBe('wt. 24 lis 2026, 01:10 UTC')
    expect(read(absoluteTime(at, { locale: 'en', timeZone: 'America/St_Johns' }))).toBe('Mon 23 Nov 2026, 21:40 UTC−3:30')
  })

  it('S31 tells apart the two 02:30 of the night when the clocks go back', () => {
    const first = absoluteTime(new Date('2027-10-31T00:30:00Z'), { locale: 'en', ...warsaw })
    const second = absoluteTime(new Date('2027-10-31T01:30:00Z'), { locale: 'en', ...warsaw })
    expect([first, second].map(read)).toEqual(['Sun 31 Oct 2027, 02:30 CEST (UTC+2)', 'Sun 31 Oct 2027, 02:30 CET (UTC+1)'])
  })

  it.each([
    ['2026-11-24T01:10:05Z', '2026-11-24T01:10:50Z', 'moment', '02:10'],
    ['2026-11-24T01:10:05Z', '2026-11-24T01:11:00Z', 'between', '02:11'],
    ['2026-11-24T22:50:00Z', '2026-11-24T23:10:00Z', 'between', 'Wed 25 Nov 2026, 00:10 CET (UTC+1)'],
    // The clocks show 02:30 at both ends, an hour apart.
    ['2027-10-31T00:30:00Z', '2027-10-31T01:30:00Z', 'between', '02:30'],
  ])('tells %s to %s as a %s', (from, until, span, end) => {
    const words = spanWords(new Date(from), new Date(until), { locale: 'en', ...warsaw })
    expect([words.span, read(words.until)]).toEqual([span, end])
  })

  it('puts an instant on the calendar day of the zone', () => {
    expect(dayKey(new Date('2026-11-23T23:30:00Z'), 'Europe/Warsaw')).toBe('2026-11-24')
    expect(utcOffset(new Date('2026-07-01T00:00:00Z'), 'Europe/Warsaw')).toBe('UTC+2')
  })

  it.each([
    ['Europe/Warsaw', 'Central European Time (UTC+1)', 'czas środkowoeuropejski (UTC+1)'],
    ['Europe/London', 'United Kingdom Time (UTC+0)', 'Wielka Brytania (UTC+0)'],
    ['America/St_Johns', 'Newfoundland Time (UTC−3:30)', 'czas Nowa Fundlandia (UTC−3:30)'],
    ['UTC', 'UTC', 'UTC'],
  ])('names %s as %s', (timeZone, en, pl) => {
    const at = new Date('2026-11-24T01:10:00Z')
    expect([zoneWords(at, { locale: 'en', timeZone }), zoneWords(at, { locale: 'pl', timeZone })]).toEqual([en, pl])
  })

  it.each([
    ['2026-11-24T09:59:30Z', 'just now', 'przed chwilą'],
    ['2026-11-24T10:00:40Z', 'in a moment', 'za chwilę'],
    ['2026-11-24T08:00:00Z', '2 h ago', '2 h temu'],
    ['2026-11-24T10:40:00Z', 'in 40 min', 'za 40 min'],
    ['2026-11-21T10:00:00Z', '3 days ago', '3 dni temu'],
  ])('reads %s as %s', (at, en, pl) => {
    const now = new Date('2026-11-24T10:00:00Z')
    expect([relativeTime(new Date(at), now, 'en'), relativeTime(new Date(at), now, 'pl')].map(read)).toEqual([en, pl])
  })

  it.each([
    [340, '340 ms', '340 ms'],
    [1450, '1.4 s', '1,4 s'],
    [65_000, '1 min 5 s', '1 min 5 s'],
    [3_900_000, '1 h 5 min', '1 h 5 min'],
    [187_200_000, '2 days 4 h', '2 dni 4 h'],
    [-5, '0 ms', '0 ms'],
  ])('says %i ms as %s', (ms, en, pl) => {
    expect([duration(ms, 'en'), duration(ms, 'pl')].map(read)).toEqual([en, pl])
  })

  it('breaks an instant between its day and its time alone', () => {
    const told = absoluteTime(new Date('2026-11-24T01:10:00Z'), { locale: 'pl', timeZone: 'Europe/Warsaw' })
    expect(told.split(' ').map(read)).toEqual(['wt. 24 lis 2026,', '02:10 CET (UTC+1)'])
  })

  it('never breaks a duration at the end of a line', () => {
    expect([duration(6_960_000, 'pl'), duration(187_200_000, 'en')].join()).not.toContain(' ')
  })
})

describe('numbers', () => {
  it('groups thousands as the language does', () => {
    expect([number(1_204_800, 'en'), number(1_204_800, 'pl')]).toEqual(['1,204,800', '1\u00a0204\u00a0800'])
  })

  it('groups four digits in Polish too, so that columns align', () => {
    expect([number(4175, 'pl'), exactDecimal('-6845.00', 'pl')]).toEqual(['4\u00a0175', '−6\u00a0845,00'])
  })

  it('keeps amounts exact beyond what a double holds', () => {
    expect(exactDecimal('9007199254740993.10', 'en')).toBe('9,007,199,254,740,993.10')
    expect(exactDecimal('-1234567.5', 'pl')).toBe('−1\u00a0234\u00a0567,5')
    expect(exactDecimal('NaN', 'en')).toBe('NaN')
  })

  it('says sizes and prices', () => {
    expect([bytes(0, 'en'), bytes(1_240_000_000, 'en'), bytes(640_000, 'pl')].map(read)).toEqual(['0 B', '1.2 GB', '640 kB'])
    expect(price(2900, 'EUR', 'en')).toBe('€29.00')
  })
})
