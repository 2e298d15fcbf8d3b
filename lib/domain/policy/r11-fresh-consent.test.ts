import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r11FreshConsent } from './r11-fresh-consent.ts'

test.each([
  ['nothing more than was counted', 0, {}, 'yes'],
  ['one row more, without tolerance', 1, {}, 'consent_stale'],
  ['five rows more, five tolerated', 5, { toleranceRows: 5 }, 'yes'],
  ['six rows more, five tolerated', 6, { toleranceRows: 5 }, 'consent_stale'],
  ['two per cent of 200 rows', 4, { tolerancePercent: 2 }, 'yes'],
  ['a row above two per cent', 5, { tolerancePercent: 2 }, 'consent_stale'],
  ['the larger of both tolerances counts', 5, { tolerancePercent: 2, toleranceRows: 5 }, 'yes'],
])('R11 %s', (_, uncountedRows, change, expected) => {
  expect(said(r11FreshConsent({ consentedRows: 200, uncountedRows }, policyWith(change)))).toBe(expected)
})
