import { describe, expect, test } from 'vitest'
import { historyOf, localInstant } from './moments.ts'

const warsaw = { timeZone: 'Europe/Warsaw', quietHour: 2 }
const weekMs = 7 * 24 * 3_600_000

describe('the last seven quiet hours', () => {
  test.each(['2026-11-25T14:00:00Z', '2026-11-25T00:20:00Z', '2026-11-25T01:00:00Z', '2026-03-30T09:00:00Z'])(
    'S32 at %s all seven lie within 7 × 24 h, the newest within a day',
    (iso) => {
      const now = new Date(iso)
      const { captures, days } = historyOf(warsaw, now)
      expect(captures).toHaveLength(7)
      for (const capture of captures) expect(now.getTime() - capture.getTime()).toBeLessThan(weekMs)
      const newest = captures.at(-1)?.getTime() ?? 0
      expect(now.getTime() - newest).toBeGreaterThanOrEqual(0)
      expect(now.getTime() - newest).toBeLessThan(25 * 3_600_000)
      expect(days.map((day) => day.daysAgo)).toContain(1)
      expect(days.map((day) => day.daysAgo)).toContain(2)
    },
  )

  test('before the quiet hour the running day is yesterday, and whole', () => {
    const { days } = historyOf(warsaw, new Date('2026-11-25T00:20:00Z'))
    expect(days.at(-1)).toMatchObject({ date: '2026-11-24', daysAgo: 1, elapsed: 1 })
  })

  test('today counts only as far as its working hours have come', () => {
    const elapsed = (iso: string) => historyOf(warsaw, new Date(iso)).days.at(-1)?.elapsed
    expect(elapsed('2026-11-25T06:00:00Z')).toBe(0)
    expect(elapsed('2026-11-25T12:05:00Z')).toBeCloseTo(5 / 9.5)
    expect(elapsed('2026-11-25T20:00:00Z')).toBe(1)
  })
})

test('a portal that stands still has no entries after that moment, and is captured all the same', () => {
  const { captures, days } = historyOf(warsaw, new Date('2026-11-26T14:00:00Z'), new Date('2026-11-25T12:05:00Z'))
  expect(captures).toHaveLength(7)
  expect(days.slice(-3).map(({ date, elapsed }) => [date, Math.round(elapsed * 100)])).toEqual([
    ['2026-11-24', 100],
    ['2026-11-25', 53],
    ['2026-11-26', 0],
  ])
})

test('S30 an hour of the portal’s own day is the instant it has there', () => {
  expect(localInstant('Europe/Lisbon', '2026-11-24', 18, 40).toISOString()).toBe('2026-11-24T18:40:00.000Z')
  expect(localInstant('Europe/Warsaw', '2026-07-24', 18, 40).toISOString()).toBe('2026-07-24T16:40:00.000Z')
})
