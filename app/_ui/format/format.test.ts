import { describe, expect, it } from 'vitest'
import { bytes, exactDecimal, number, price } from './numbers.ts'
import { absoluteTime, dayKey, duration, relativeTime, utcOffset } from './time.ts'

const warsaw = { timeZone: 'Europe/Warsaw' }

describe('times', () => {
  it('S30 says the offset beside every time, in the zone of the reader', () => {
    const at = new Date('2026-11-24T01:10:00Z')
    expect(absoluteTime(at, { locale: 'en', ...warsaw })).toBe('Tue 24 Nov 2026, 02:10 CET (UTC+1)')
    expect(absoluteTime(at, { locale: 'pl', ...warsaw })).toBe('wt. 24 lis 2026, 02:10 CET (UTC+1)')
    expect(absoluteTime(at, { locale: 'en', timeZone: 'Europe/Lisbon' })).toBe('Tue 24 Nov 2026, 01:10 WET (UTC+0)')
    expect(absoluteTime(at, { locale: 'en', timeZone: 'Europe/London' })).toBe('Tue 24 Nov 2026, 01:10 GMT (UTC+0)')
    expect(absoluteTime(at, { locale: 'pl', timeZone: 'UTC' })).toBe('wt. 24 lis 2026, 01:10 UTC+0')
    expect(absoluteTime(at, { locale: 'en', timeZone: 'America/St_Johns' })).toBe('Mon 23 Nov 2026, 21:40 UTC−3:30')
  })

  it('S31 tells apart the two 02:30 of the night when the clocks go back', () => {
    const first = absoluteTime(new Date('2027-10-31T00:30:00Z'), { locale: 'en', ...warsaw })
    const second = absoluteTime(new Date('2027-10-31T01:30:00Z'), { locale: 'en', ...warsaw })
    expect([first, second]).toEqual(['Sun 31 Oct 2027, 02:30 CEST (UTC+2)', 'Sun 31 Oct 2027, 02:30 CET (UTC+1)'])
  })

  it('puts an instant on the calendar day of the zone', () => {
    expect(dayKey(new Date('2026-11-23T23:30:00Z'), 'Europe/Warsaw')).toBe('2026-11-24')
    expect(utcOffset(new Date('2026-07-01T00:00:00Z'), 'Europe/Warsaw')).toBe('UTC+2')
  })

  it.each([
    ['2026-11-24T09:59:30Z', 'just now', 'przed chwilą'],
    ['2026-11-24T10:00:40Z', 'in a moment', 'za chwilę'],
    ['2026-11-24T08:00:00Z', '2 h ago', '2 h temu'],
    ['2026-11-24T10:40:00Z', 'in 40 min', 'za 40 min'],
    ['2026-11-21T10:00:00Z', '3 days ago', '3 dni temu'],
  ])('reads %s as %s', (at, en, pl) => {
    const now = new Date('2026-11-24T10:00:00Z')
    expect([relativeTime(new Date(at), now, 'en'), relativeTime(new Date(at), now, 'pl')]).toEqual([en, pl])
  })

  it.each([
    [340, '340 ms', '340 ms'],
    [1450, '1.4 s', '1,4 s'],
    [65_000, '1 min 5 s', '1 min 5 s'],
    [3_900_000, '1 h 5 min', '1 h 5 min'],
    [187_200_000, '2 days 4 h', '2 dni 4 h'],
    [-5, '0 ms', '0 ms'],
  ])('says %i ms as %s', (ms, en, pl) => {
    expect([duration(ms, 'en'), duration(ms, 'pl')]).toEqual([en, pl])
  })
})

describe('numbers', () => {
  it('groups thousands as the language does', () => {
    expect([number(1_204_800, 'en'), number(1_204_800, 'pl')]).toEqual(['1,204,800', '1\u00a0204\u00a0800'])
  })

  it('keeps amounts exact beyond what a double holds', () => {
    expect(exactDecimal('9007199254740993.10', 'en')).toBe('9,007,199,254,740,993.10')
    expect(exactDecimal('-1234567.5', 'pl')).toBe('−1\u00a0234\u00a0567,5')
    expect(exactDecimal('NaN', 'en')).toBe('NaN')
  })

  it('says sizes and prices', () => {
    expect([bytes(0, 'en'), bytes(1_240_000_000, 'en'), bytes(640_000, 'pl')]).toEqual(['0 B', '1.2 GB', '640 kB'])
    expect(price(2900, 'EUR', 'en')).toBe('€29.00')
  })
})
