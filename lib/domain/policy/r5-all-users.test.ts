import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r5AllUsers } from './r5-all-users.ts'

test.each([
  [null, 'crm', 'yes'],
  ['Anna Nowak', 'crm', 'single_person_restore'],
  ['Anna Nowak', 'full', 'single_person_restore'],
  // What is offered instead is not refused.
  ['Anna Nowak', 'put_back', 'yes'],
  ['Anna Nowak', 'extract', 'yes'],
] as const)('R5 asked for %j alone, as %s', (onlyForPerson, scope, expected) => {
  expect(said(r5AllUsers({ onlyForPerson, scope }, policyWith()))).toBe(expected)
})
