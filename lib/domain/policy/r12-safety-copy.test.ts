import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r12SafetyCopy } from './r12-safety-copy.ts'

test.each([
  ['kept and verified', 'ready', '2026-11-25T09:00:00Z', 'yes'],
  ['kept, not verified', 'ready', null, 'safety_copy_missing'],
  ['still being made', 'capturing', null, 'safety_copy_missing'],
  ['marked bad', 'bad', '2026-11-25T09:00:00Z', 'safety_copy_missing'],
  ['not there', null, null, 'safety_copy_missing'],
])('R12 I5 a safety copy that is %s', (_, state, verifiedAt, expected) => {
  expect(said(r12SafetyCopy({ state, verifiedAt }, policyWith()))).toBe(expected)
})
