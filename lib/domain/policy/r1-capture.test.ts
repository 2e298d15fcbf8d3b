import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r1Capture } from './r1-capture.ts'

test.each([
  ['captured an hour ago', 'cloud', '2026-11-25T08:00:00Z', 'yes'],
  ['captured 25 hours ago, within the grace', 'cloud', '2026-11-24T08:00:00Z', 'yes'],
  ['captured 26 hours ago', 'cloud', '2026-11-24T07:00:00Z', 'capture_overdue'],
  ['self-hosted, never captured by us', 'self_hosted', '2020-01-01T00:00:00Z', 'yes'],
] as const)('R1 %s', (_, edition, since, expected) => {
  expect(said(r1Capture({ edition, since, now: '2026-11-25T09:00:00Z' }, policyWith()))).toBe(expected)
})
