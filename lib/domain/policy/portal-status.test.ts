import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { portalStatus } from './portal-status.ts'

test.each([
  ['active', false, 'yes'],
  ['suspended', false, 'portal_suspended'],
  ['deleted', false, 'portal_deleted'],
  ['active', true, 'legal_hold'],
] as const)('S73 S74 S77 a portal that is %s, legal hold %s', (status, legalHold, expected) => {
  expect(said(portalStatus({ status, legalHold }, policyWith()))).toBe(expected)
})
