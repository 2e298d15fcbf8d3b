import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r3Scopes } from './r3-scopes.ts'

test.each([
  ['crm', ['crm', 'full'], 'yes'],
  ['full', ['crm', 'full'], 'yes'],
  ['full', ['crm'], 'scope_not_offered'],
  ['extract', ['crm', 'full'], 'scope_not_offered'],
] as const)('R3 %s where %j are offered', (scope, scopes, expected) => {
  expect(said(r3Scopes({ scope }, policyWith({ scopes: [...scopes] })))).toBe(expected)
})
