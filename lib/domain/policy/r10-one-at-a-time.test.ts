import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r10OneAtATime } from './r10-one-at-a-time.ts'

test.each([
  [null, 'yes'],
  [1042, 'another_restore_live'],
])('R10 with ticket %s in the way', (other, expected) => {
  expect(said(r10OneAtATime({ other }, policyWith()))).toBe(expected)
})
