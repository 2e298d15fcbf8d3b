import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r5AllUsers } from './r5-all-users.ts'

test.each([
  [null, 'yes'],
  ['Anna Nowak', 'single_person_restore'],
])('R5 asked for %j alone', (onlyForPerson, expected) => {
  expect(said(r5AllUsers({ onlyForPerson }, policyWith()))).toBe(expected)
})
