import { expect, test } from 'vitest'
import { deletionCliff, lastProven, type RestorePoint, recoverableLoss, timelineDays, usablePoint } from './restore-points.ts'
import { makePoint } from './testing/make-point.ts'

const point = (id: string, at: string, missing = 0, state: RestorePoint['state'] = 'ready'): RestorePoint =>
  makePoint({
    id,
    state,
    startedAt: new Date(at),
    completedAt: state === 'ready' ? new Date(at) : null,
    changes: { missing, newer: 5, changed: 2 },
  })
const bad = (id: string, at: string): RestorePoint => ({ ...point(id, at), state: 'bad' })
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
  const days = timelineDays([point('f', '2026-11-22T01:10:00Z', 0, 'failed')], [{ day: '2026-11-22', reason: 'no_space' }], view)
  expect(days.find(({ key }) => key === '2026-11-22')).toMatchObject({ points: [], hole: { reason: 'no_space' } })
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

test('S28 a loss can be made good by the newest sound point before it, and by none that is gone', () => {
  const week = [3, 4, 2, 1280, 6].map((missing, day) => point(String(day), `2026-11-2${day}T01:10:00Z`, missing))
  expect(recoverableLoss(week)).toMatchObject({ deleted: 1280, before: { id: '2' } })
  expect(recoverableLoss(week.slice(3))).toBeNull()
})

test('of several points that trial restores proved, the latest trial counts', () => {
  const proven = (id: string, provenAt: string) => ({ ...point(id, '2026-11-20T01:00:00Z'), provenAt: new Date(provenAt) })
  const points = [point('a', '2026-11-19T01:00:00Z'), proven('b', '2026-11-21T01:15:00Z'), proven('c', '2026-11-20T01:15:00Z')]
  expect(lastProven(points)?.id).toBe('b')
  expect(lastProven([point('a', '2026-11-19T01:00:00Z')])).toBeNull()
})

test('S28 R15 an alarm stands on its day, after the points that were complete before it and before the others', () => {
  const points = [point('night', '2026-11-24T01:10:00Z'), point('noon', '2026-11-24T11:00:00Z')]
  const alarm = { id: 'a', from: new Date('2026-11-24T10:00:00Z'), until: new Date('2026-11-24T10:05:00Z'), deleted: 300 }
  // Half past midnight in Warsaw.
  const late = { id: 'b', from: new Date('2026-11-24T23:20:00Z'), until: new Date('2026-11-24T23:30:00Z'), deleted: 300 }
  const days = timelineDays(points, [], { ...view, deletions: [late, alarm] })
  const told = days.flatMap(({ key, deletions }) =>
    deletions.map(({ deletion, pointsBefore }) => [key, deletion.id, pointsBefore]),
  )
  expect(told).toEqual([
    ['2026-11-24', 'a', 1],
    ['2026-11-25', 'b', 0],
  ])
})

test('S26 where the chosen point turned out bad its nearest good neighbour is marked, the older one first', () => {
  const [monday, tuesday, wednesday] = ['2026-11-23T02:00:00Z', '2026-11-24T02:00:00Z', '2026-11-25T02:00:00Z']
  expect(usablePoint([point('a', monday), bad('b', tuesday), point('c', wednesday)], 'b')).toBe('a')
  expect(usablePoint([bad('a', monday), bad('b', tuesday), point('c', wednesday)], 'b')).toBe('c')
  expect(usablePoint([bad('b', tuesday)], 'b')).toBeNull()
  expect(usablePoint([point('a', monday), point('b', tuesday)], 'b')).toBe('b')
})
