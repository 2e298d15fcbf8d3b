import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r13FreshHands, r13KnownFactor, r13KnownVoter, r13Method } from './r13-fresh-hands.ts'

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

const authenticators = [
  ['of years ago', 'full', '2024-01-01T00:00:00.000Z', 'yes'],
  ['of exactly the cool-off ago', 'full', '2026-11-22T09:10:00.000Z', 'yes'],
  ['a millisecond younger', 'full', '2026-11-22T09:10:00.001Z', 'too_new'],
  ['of this minute', 'full', '2026-11-25T09:09:30.000Z', 'too_new'],
  ['of an age that nobody knows', 'full', undefined, 'too_new'],
  ['of this minute, where a code by mail would do', 'crm', '2026-11-25T09:09:30.000Z', 'yes'],
  ['of an age that nobody knows, where a code by mail would do', 'crm', undefined, 'yes'],
] as const
const codeOf = (enrolledAt: string | undefined) =>
  ({ method: 'totp', at: now, ...(enrolledAt === undefined ? {} : { enrolledAt }) }) as const

test.each(authenticators)('S7 R13 an owner’s authenticator %s, for %s', (_, scope, enrolledAt, expected) => {
  const input = { stepUp: codeOf(enrolledAt), scope, now }
  const no = expected === 'yes' ? 'yes' : 'factor_too_new'
  expect(said(r13KnownFactor({ ...input, proofConfirmed: false }, policyWith()))).toBe(no)
  expect(said(r13KnownFactor({ ...input, proofConfirmed: true }, policyWith()))).toBe('yes')
})

test.each(authenticators)('S7 R13 an approver’s authenticator %s, for %s', (_, scope, enrolledAt, expected) => {
  const verdict = r13KnownVoter({ stepUp: codeOf(enrolledAt), scope, now }, policyWith())
  expect(said(verdict)).toBe(expected === 'yes' ? 'yes' : 'approver_factor_too_new')
})
