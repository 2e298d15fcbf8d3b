import { expect, test } from 'vitest'
import { defaultPolicy, policySchema } from './policy.ts'

test('the defaults are the published ones', () => {
  expect(defaultPolicy).toMatchObject({
    retentionDays: 7,
    holdMaximumHours: 72,
    twoApproversAboveUsers: 50,
    undoWindowHours: 72,
    ownerReminderHours: [24, 48],
    ownerExpiryHours: 72,
    scopes: ['extract', 'put_back', 'crm', 'full'],
    mailCodeEnoughFor: ['put_back', 'crm'],
    writePauseLimitMs: 2e3,
    freshTransferFlagHours: 72,
  })
})

test('a policy saved by an older version has the defaults for what is new, and nonsense is refused', () => {
  expect(policySchema.parse({ retentionDays: 14 })).toEqual({ ...defaultPolicy, retentionDays: 14 })
  for (const wrong of [
    { retentionDays: 0 },
    { scopes: [] },
    { scopes: ['everything'] },
    { tolerancePercent: 101 },
    { ownerReminderHours: [24] },
  ]) {
    expect(policySchema.safeParse(wrong).success).toBe(false)
  }
})
