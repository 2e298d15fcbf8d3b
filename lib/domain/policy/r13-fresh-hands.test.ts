import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r13FreshHands, r13Method } from './r13-fresh-hands.ts'

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
