import { expect, test } from 'vitest'
import { deletionCliff, type RestorePoint, timelineDays } from './restore-points.ts'

const point = (id: string, at: string, missing = 0, state: RestorePoint['state'] = 'ready'): RestorePoint => ({
  id,
  state,
  startedAt: new Date(at),
  completedAt: state === 'ready' ? new Date(at) : null,
  keptUntil: null,
  heldUntil: null,
  verifiedAt: null,
  rowCount: null,
  byteCount: null,
  changes: { missing, newer: 5, changed: 2 },
  reason: null,
})
const view = { now: new Date('2026-11-25T09:00:00Z'), timeZone: 'Europe/Warsaw', retentionDays: 7 }

test('the timeline has a column for each of the seven days, also where no point is', () => {
  const days = timelineDays([point('a', '2026-11-24T01:10:00Z')], [], view)
  expect(days.map(({ key }) => key)).toEqual(['19', '20', '21', '22', '23', '24', '25'].map((day) => `2026-11-${day}`))
  expect(days.map(({ points }) => points.length)).toEqual([0, 0, 0, 0, 0, 1, 0])
})

test('S30 a point captured just after midnight in Warsaw is on Warsaw’s day', () => {
  const days = timelineDays([point('a', '2026-11-23T23:30:00Z')], [], view)
  expect(days.find(({ points }) => points.length > 0)?.key).toBe('2026-11-24')
})

test('S31 the days of the week in which the clocks change are each there once', () => {
  const days = timelineDays([], [], { ...view, now: new Date('2027-11-02T09:00:00Z') })
  expect(new Set(days.map(({ key }) => key)).size).toBe(7)
})

test('S27 a missing day is a hole with its reason, and its failed attempt is no point', () => {
  const days = timelineDays([point('f', '2026-11-22T01:10:00Z', 0, 'failed')], [{ day: '2026-11-22', reason: 'disk full' }], view)
  expect(days.find(({ key }) => key === '2026-11-22')).toMatchObject({ points: [], hole: { reason: 'disk full' } })
})

test('a held point older than seven days widens the timeline', () => {
  expect(timelineDays([point('old', '2026-11-16T01:10:00Z')], [], view)).toHaveLength(10)
})

test('S28 the point after the mass deletion stands out, an ordinary week has none', () => {
  const week = [3, 4, 2, 1280, 6].map((missing, day) => point(String(day), `2026-11-2${day}T01:10:00Z`, missing))
  expect(deletionCliff(week)).toMatchObject({ id: '3', deleted: 1280 })
  expect(deletionCliff(week.filter(({ id }) => id !== '3'))).toBeNull()
  expect(deletionCliff([])).toBeNull()
})
