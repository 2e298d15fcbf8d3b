import { expect, test } from 'vitest'
import { policyWith } from '../testing/rules.ts'
import { type DeletionSample, r15MassDeletion } from './r15-mass-deletion.ts'

const now = '2026-11-25T14:10:00.000Z'
const minutes = (count: number) => new Date(Date.parse(now) - count * 60_000).toISOString()
const day = 24 * 60
/** So many rows, found by the look so many minutes ago; looks are five minutes apart unless told. */
const found = (deleted: number, minutesAgo: number, apart = 5): DeletionSample => ({
  since: minutes(minutesAgo + apart),
  until: minutes(minutesAgo),
  deleted,
})
const daily = (deleted: number, days: number[], shift = 0) => days.map((back) => found(deleted, back * day + shift))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const judge = (samples: DeletionSample[], watchedDays = 30, change = {}) =>
  r15MassDeletion({ samples, watchedSince: minutes(watchedDays * day), now }, policyWith(change))

test.each([
  ['nothing', [], 'calm'],
  ['one row short of the floor', [found(199, 0)], 'calm'],
  ['the floor', [found(200, 0)], 'alarm'],
  ['the floor in pieces over an hour', upTo(10).map((n) => found(20, n * 5)), 'alarm'],
  ['the same pieces over two hours', upTo(10).map((n) => found(20, n * 12)), 'calm'],
  ['a thousand, two hours ago', [found(1000, 120)], 'calm'],
  ['a cleaning of a thousand, as on every day', [found(1000, 0), ...daily(1000, upTo(14))], 'calm'],
  ['the same, forty minutes late', [found(1000, 0), ...daily(1000, upTo(14), -40)], 'calm'],
  ['the same, an hour off by the clock’s change', [found(1000, 0), ...daily(1000, upTo(14), 60)], 'calm'],
  ['three hours off: that is not its hour', [found(1000, 0), ...daily(1000, upTo(14), 180)], 'alarm'],
  ['five times what is usual', [found(5000, 0), ...daily(1000, upTo(14))], 'alarm'],
  ['a row less', [found(4999, 0), ...daily(1000, upTo(14))], 'calm'],
  ['one bad day among fourteen makes nothing usual', [found(1000, 0), ...daily(9000, [3])], 'alarm'],
  ['nor do six', [found(1000, 0), ...daily(9000, upTo(6))], 'alarm'],
  ['a weekly cleaning, seen twice', [found(1000, 0), ...daily(1000, [7, 14])], 'calm'],
  ['seen once', [found(1000, 0), ...daily(1000, [7])], 'alarm'],
  ['six hours without a look, at the usual pace', [found(2999, 0, 360), ...daily(100, upTo(14))], 'calm'],
  ['six hours without a look, above it', [found(3000, 0, 360), ...daily(100, upTo(14))], 'alarm'],
] as const)('R15 %s', (_, samples, expected) => {
  expect(judge([...samples]) === null ? 'calm' : 'alarm').toBe(expected)
})

test('R15 a portal that is watched since today has no usual: the floor alone counts', () => {
  expect(judge([found(250, 0), ...daily(250, [1])], 0.5)).toMatchObject({ usual: 0, limit: 200 })
})

test('R15 its begin and end are those of the cliff, not of the everyday work before it', () => {
  const samples = [found(3, 50), found(2, 30), found(900, 10), found(1, 5), found(300, 0)]
  expect(judge(samples)).toEqual({
    from: minutes(15),
    until: now,
    deleted: 1200,
    usual: 0,
    limit: 200,
    policyVersion: 3,
  })
})

test('R15 the numbers are the policy’s', () => {
  expect(judge([found(60, 0)], 30, { massDeletionFloorRows: 50 })).toMatchObject({ limit: 50 })
  expect(judge([found(2000, 0), ...daily(1000, upTo(14))], 30, { massDeletionTimesUsual: 2 })).toMatchObject({ limit: 2000 })
})
