import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { ownersCapture, r1Capture } from './r1-capture.ts'

test.each([
  ['captured an hour ago', 'cloud', '2026-11-25T08:00:00Z', 'yes'],
  ['captured 25 hours ago, within the grace', 'cloud', '2026-11-24T08:00:00Z', 'yes'],
  ['captured 26 hours ago', 'cloud', '2026-11-24T07:00:00Z', 'capture_overdue'],
  ['self-hosted, never captured by us', 'self_hosted', '2020-01-01T00:00:00Z', 'yes'],
] as const)('R1 %s', (_, edition, since, expected) => {
  expect(said(r1Capture({ edition, since, now: '2026-11-25T09:00:00Z' }, policyWith()))).toBe(expected)
})

test.each([
  ['the first of the day', [], false, 'yes'],
  ['a third within a day', ['2026-11-25T06:00:00Z', '2026-11-25T08:00:00Z'], false, 'yes'],
  [
    'a fourth within a day',
    ['2026-11-24T09:00:01Z', '2026-11-25T06:00:00Z', '2026-11-25T08:00:00Z'],
    false,
    'own_captures_reached',
  ],
  [
    'a fourth once the first is a day old',
    ['2026-11-24T09:00:00Z', '2026-11-25T06:00:00Z', '2026-11-25T08:00:00Z'],
    false,
    'yes',
  ],
  ['while another is being made', [], true, 'capture_under_way'],
] as const)('the owner’s own restore point: %s', (_, ownCaptures, underWay, expected) => {
  expect(said(ownersCapture({ ownCaptures, underWay, now: '2026-11-25T09:00:00Z' }, policyWith()))).toBe(expected)
})
