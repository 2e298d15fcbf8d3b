import { expect, test } from 'vitest'
import { policyWith } from '#lib/domain/testing/rules.ts'
import { ownersMethod } from './owners-method.ts'

const now = '2026-11-25T09:10:00.000Z'
const stale = '2026-11-25T08:00:00.000Z'
const years = '2024-01-01T00:00:00.000Z'
const yesterday = '2026-11-24T09:10:00.000Z'
const totp = (at: string, enrolledAt: string) => ({ method: 'totp', at, enrolledAt }) as const

test.each([
  ['a code of this moment', totp(now, years), 'full', 'totp', 'totp'],
  ['a code of an hour ago', totp(stale, years), 'full', 'totp', 'recorded_proof'],
  ['a code of this moment by an app of yesterday, for the whole portal', totp(now, yesterday), 'full', 'totp', 'recorded_proof'],
  ['the same, where a code by mail would do', totp(now, yesterday), 'crm', 'totp', 'totp'],
  ['a code by mail', { method: 'mail_code', at: now } as const, 'crm', 'mail_code', 'recorded_proof'],
  ['nothing', null, 'full', 'totp', 'recorded_proof'],
] as const)('R13 the strongest that counts now proves the owner: %s', (_, stepUp, scope, ...expected) => {
  const ids = { proofId: 'p', kind: 'register', recordedBy: 'a' }
  const proofs = [null, { ...ids, confirmedBy: 'b' }] as const
  const policy = policyWith()
  expect(proofs.map((proof) => ownersMethod({ stepUp }, { proof, scope, policy }, now))).toEqual(expected)
  // One agent alone has proved nothing yet.
  expect(ownersMethod({ stepUp }, { proof: { ...ids, confirmedBy: null }, scope, policy }, now)).toBe(expected[0])
})
