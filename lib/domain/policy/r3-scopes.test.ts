import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { defaultPolicy, scopes } from './policy.ts'
import { offeredScopes, r3Scopes } from './r3-scopes.ts'

test.each([
  ['crm', ['crm', 'full'], scopes, 'yes'],
  ['full', ['crm', 'full'], scopes, 'yes'],
  ['full', ['crm'], scopes, 'scope_not_offered'],
  ['extract', ['crm', 'full'], scopes, 'scope_not_offered'],
  ['put_back', ['crm', 'full'], scopes, 'scope_not_offered'],
  ['put_back', ['put_back', 'crm'], scopes, 'yes'],
  // The adapter cannot put back, whatever the policy says.
  ['put_back', ['put_back', 'crm'], ['crm', 'full'], 'scope_not_offered'],
] as const)('R3 %s where %j are offered and %j can be done', (scope, offered, can, expected) => {
  expect(said(r3Scopes({ scope, can }, policyWith({ scopes: [...offered] })))).toBe(expected)
})

test('R3 all four ways are offered by default, the smallest first, and the two classic ones stay whole without the others', () => {
  expect(offeredScopes(scopes, defaultPolicy)).toEqual(['extract', 'put_back', 'crm', 'full'])
  expect(offeredScopes(['full', 'crm'], defaultPolicy)).toEqual(['crm', 'full'])
  expect(offeredScopes(scopes, { scopes: ['full', 'crm'] })).toEqual(['crm', 'full'])
})
