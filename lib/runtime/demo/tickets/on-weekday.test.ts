import { expect, test } from 'vitest'
import { onWeekday } from './on-weekday.ts'

test('names the day of the portal’s own calendar, in its language', () => {
  const at = new Date('2026-11-24T23:30:00Z')
  expect(onWeekday(at, { locale: 'pl', timeZone: 'Europe/Warsaw' })).toBe('w środę')
  expect(onWeekday(at, { locale: 'en', timeZone: 'Europe/London' })).toBe('on Tuesday')
})
