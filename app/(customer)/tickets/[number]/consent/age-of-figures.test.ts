import { expect, test } from 'vitest'
import { oldHours } from './age-of-figures.tsx'

const now = '2026-11-26T12:00:00.000Z'
const taken = (takenAt: Date | null) => ({
  now,
  preview: { id: '', digest: null, state: 'ready', way: null, takenAt, method: null, report: null } as const,
})

test.each([
  [null, null],
  ['2026-11-26T11:00:00Z', null],
  ['2026-11-26T00:01:00Z', null],
  ['2026-11-26T00:00:00Z', 12],
  ['2026-11-25T06:00:00Z', 30],
])('R11 figures taken at %s are old by %s hours', (at, hours) => {
  expect(oldHours(taken(at === null ? null : new Date(at)))).toBe(hours)
})
