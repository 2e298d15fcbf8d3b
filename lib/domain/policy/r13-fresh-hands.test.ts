import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r13FreshHands, r13KnownFactor, r13Method } from './r13-fresh-hands.ts'

const now = '2026-11-25T09:10:00.000Z'
test.each([
  ['none', null, 'step_up_needed'],
  ['just now', '2026-11-25T09:10:00.000Z', 'yes'],
  ['a millisecond less than ten minutes ago', '2026-11-25T09:00:00.001Z', 'yes'],
  ['ten minutes ago', '2026-11-25T09:00:00.000Z', 'step_up_stale'],
])('R13 a second step: %s', (_, at, expected) => {
  expect(said(r13FreshHands({ stepUp: at === null ? null : { method: 'totp', at }, now }, policyWith()))).toBe(expected)
})

test.each([
  ['passkey', 'full', false, 'yes'],
  ['totp', 'full', false, 'yes'],
  ['mail_code', 'crm', false, 'yes'],
  ['mail_code', 'full', false, 'mail_code_not_enough'],
  ['recorded_proof', 'full', false, 'second_agent_needed'],
  ['recorded_proof', 'full', true, 'yes'],
] as const)('R13 by %s for %s, proof confirmed: %s', (method, scope, proofConfirmed, expected) => {
  expect(said(r13Method({ method, scope, proofConfirmed }, policyWith()))).toBe(expected)
})

test.each([
  ['of years ago', 'full', '2024-01-01T00:00:00.000Z', false, 'yes'],
  ['of exactly the cool-off ago', 'full', '2026-11-22T09:10:00.000Z', false, 'yes'],
  ['a millisecond younger', 'full', '2026-11-22T09:10:00.001Z', false, 'factor_too_new'],
  ['of this minute', 'full', '2026-11-25T09:09:30.000Z', false, 'factor_too_new'],
  ['of this minute, where a code by mail would do', 'crm', '2026-11-25T09:09:30.000Z', false, 'yes'],
  ['of this minute, with a proof that two agents recorded', 'full', '2026-11-25T09:09:30.000Z', true, 'yes'],
] as const)('S7 R13 an authenticator %s, for %s', (_, scope, enrolledAt, proofConfirmed, expected) => {
  const stepUp = { method: 'totp', at: now, enrolledAt } as const
  expect(said(r13KnownFactor({ stepUp, scope, proofConfirmed, now }, policyWith()))).toBe(expected)
})
