import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { r8SelfHosted } from './r8-self-hosted.ts'

test.each([
  ['cloud', 'yes'],
  ['self_hosted', 'self_hosted'],
] as const)('R8 S76 edition %s', (edition, expected) => {
  expect(said(r8SelfHosted({ edition }, policyWith()))).toBe(expected)
})
