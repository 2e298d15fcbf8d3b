import { expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { type PreviewFacts, previewFits, r6Loss, sameDigest } from './r6-loss.ts'

test.each([
  ['ready', 'yes'],
  ['computing', 'preview_not_ready'],
  ['failed', 'preview_not_ready'],
  ['refused', 'preview_refused'],
] as const)('R6 a preview that is %s', (state, expected) => {
  expect(said(r6Loss({ state, refusalCode: state === 'refused' ? 'table_gone' : null }, policyWith()))).toBe(expected)
})

test.each([
  ['the current digest', 'd2', 'yes'],
  ['an older one', 'd1', 'preview_changed'],
])('R6 S82 a yes to %s', (_, digest, expected) => {
  expect(said(sameDigest({ digest, currentDigest: 'd2' }, policyWith()))).toBe(expected)
})

const preview: PreviewFacts = {
  previewId: 'p',
  state: 'ready',
  digest: 'd',
  scope: 'crm',
  snapshotId: 's',
  purpose: 'restore',
  refusalCode: null,
}
test.each([
  ['of this restore', {}, 'yes'],
  ['S40 of another scope', { scope: 'full' }, 'preview_of_another'],
  ['of another snapshot', { snapshotId: 'other' }, 'preview_of_another'],
  ['S57 of an undo', { purpose: 'undo' }, 'preview_of_another'],
] as const)('R6 a preview %s', (_, change, expected) => {
  expect(said(previewFits({ ...preview, ...change }, { purpose: 'restore', scope: 'crm', snapshotId: 's' }, policyWith()))).toBe(
    expected,
  )
})
