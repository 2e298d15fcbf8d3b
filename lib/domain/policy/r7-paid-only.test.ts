import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r7PaidOnly } from './r7-paid-only.ts'

test.each([
  ['free', false, 'plan_not_paid'],
  ['free', true, 'plan_not_paid'],
  ['professional', true, 'yes'],
  ['professional', false, 'plan_not_paid'],
  ['trial', false, 'yes'],
  ['partner', false, 'yes'],
  ['a plan nobody wrote a row for', true, 'yes'],
])('R7 S22 plan %s, paid %s', (plan, paid, expected) => {
  expect(said(r7PaidOnly({ plan, paid, checkedAt: '2026-11-25T09:00:00Z' }, policyWith()))).toBe(expected)
})

test('R7 the rows are the vendor’s to change', () => {
  const policy = policyWith({ plans: { trial: 'never', '*': 'never' } })
  expect(said(r7PaidOnly({ plan: 'trial', paid: true, checkedAt: '' }, policy))).toBe('plan_not_paid')
  expect(said(r7PaidOnly({ plan: 'gold', paid: true, checkedAt: '' }, policy))).toBe('plan_not_paid')
})
