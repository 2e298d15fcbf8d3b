import { expect, test } from 'vitest'
import { entryBars } from './entry-bars.ts'

const hour = (from: string, missing: number, newer: number) => ({ from, missing, newer, changed: 0 })

test('days before the restore point, hours after it, and its own hour on both sides', () => {
  const bars = entryBars(
    {
      snapshotAt: '2026-11-24T02:10:00Z',
      hours: [
        hour('2026-11-20T09:00:00Z', 2, 0),
        hour('2026-11-20T15:00:00Z', 3, 0),
        hour('2026-11-24T02:00:00Z', 1, 4),
        hour('2026-11-24T05:00:00Z', 0, 7),
      ],
    },
    'UTC',
  )
  expect(bars.unit).toBe('day')
  expect(bars.before.map(({ up, down }) => [up, down])).toEqual([
    [5, 0],
    [1, 0],
  ])
  expect(bars.hours).toBe(1)
  expect(bars.after.map(({ down }) => down)).toEqual([4, 0, 0, 7])
})

test('entries over more than a month are told by month', () => {
  const hours = Array.from({ length: 60 }, (_, day) => hour(new Date(Date.UTC(2026, 8, 1 + day, 9)).toISOString(), 1, 0))
  const bars = entryBars({ snapshotAt: '2026-11-24T02:10:00Z', hours }, 'UTC')
  expect(bars.unit).toBe('month')
  expect(bars.before.map(({ up }) => up)).toEqual([30, 30])
  expect(bars.after).toEqual([])
})
