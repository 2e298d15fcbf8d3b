import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r4OwnerOnly, typedName } from './r4-owner-only.ts'

test.each([
  ['the owner', 'anna', 'anna', 'yes'],
  ['somebody else', 'jan', 'anna', 'not_owner'],
  ['a part of the system', null, 'anna', 'not_owner'],
  ['anybody, while the portal has no owner', 'anna', null, 'no_owner'],
])('R4 %s', (_, personId, ownerId, expected) => {
  expect(said(r4OwnerOnly({ personId, ownerId }, policyWith()))).toBe(expected)
})

test.each([
  ['Acme', 'Acme', 'yes'],
  [' acme ', 'Acme', 'yes'],
  ['Żółw  &  Synowie', 'Żółw & Synowie', 'yes'],
  ['Zo\u0301lw', 'Z\u00f3lw', 'yes'],
  ['Acme Ltd', 'Acme', 'typed_name_differs'],
  ['', 'Acme', 'typed_name_differs'],
])('R4 the typed name %j for %j', (typed, portalName, expected) => {
  expect(said(typedName({ typed, portalName }, policyWith()))).toBe(expected)
})
