import { expect, test } from 'vitest'
import type { RestorePoint } from '#app/_ui/restore-points.ts'
import { makePoint } from '#app/_ui/testing/make-point.ts'
import { askedMoment, chosenMoment, momentAskedAt } from './asked-moment.ts'

const now = new Date('2026-11-25T12:00:00Z')
const askedAt = '2026-11-25T11:58:00.000Z'
const point = (id: string, startedAt: string, change: Partial<RestorePoint> = {}) =>
  makePoint({ id, startedAt: new Date(startedAt), ofMoment: true, ...change })

test.each([
  ['nothing yet', [], 'waiting'],
  ['one by hand that is none of a moment', [point('a', '2026-11-25T11:59:00Z', { ofMoment: false })], 'waiting'],
  ['one that was asked for before', [point('a', '2026-11-25T11:57:00Z')], 'waiting'],
  ['it is being made', [point('a', '2026-11-25T11:59:00Z', { state: 'capturing' })], 'waiting'],
  ['it is there', [point('b', '2026-11-25T11:59:30Z'), point('a', '2026-11-25T11:59:00Z')], 'a'],
  ['it failed', [point('a', '2026-11-25T11:59:00Z', { state: 'failed' })], 'a'],
])('of a moment that was asked for two minutes ago: %s', (_, points, expected) => {
  const told = askedMoment(points, askedAt, now)
  expect(told === 'waiting' || told === null ? told : told.id).toBe(expected)
})

test('what was asked for an hour ago, or not at all, is not told; only what can be restored from is chosen', () => {
  const made = [point('a', '2026-11-25T10:59:10Z')]
  expect(askedMoment(made, undefined, now)).toBeNull()
  expect(askedMoment(made, '2026-11-25T10:59:00Z', now)).toBeNull()
  expect([point('a', askedAt), point('b', askedAt, { state: 'failed' }), 'waiting' as const, null].map(chosenMoment)).toEqual([
    'a',
    null,
    null,
    null,
  ])
  expect(['now', askedAt].map((given) => momentAskedAt.parse(given))).toEqual([undefined, askedAt])
})
