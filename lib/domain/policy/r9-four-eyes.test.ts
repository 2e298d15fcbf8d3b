import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { approvalsCounted, approvalsNeeded, r9Approvals, r9Approver, r9Handler } from './r9-four-eyes.ts'

const ticket = {
  requesterId: 'requester',
  ownerId: 'owner',
  handlerIds: ['agent', 'former agent'],
  votes: [{ approverId: 'first', digest: 'd2' }],
  digest: 'd2',
}

describe('R9 four eyes', () => {
  test.each([
    ['second', 'yes'],
    ['requester', 'approver_is_requester'],
    ['owner', 'approver_is_owner'],
    ['agent', 'approver_is_handler'],
    ['former agent', 'approver_is_handler'],
    ['first', 'already_voted'],
    [null, 'not_allowed'],
  ])('%s approves', (approverId, expected) => {
    expect(said(r9Approver({ ...ticket, approverId }, policyWith()))).toBe(expected)
  })

  test('S82 whoever voted on an older digest may vote on this one', () => {
    expect(said(r9Approver({ ...ticket, approverId: 'first', digest: 'd3' }, policyWith()))).toBe('yes')
  })

  test.each([
    ['anybody', 'yes'],
    ['requester', 'handler_is_party'],
    ['owner', 'handler_is_party'],
    ['first', 'handler_has_voted'],
  ])('S79 S16 %s takes the ticket', (handlerId, expected) => {
    expect(said(r9Handler({ ...ticket, handlerId }, policyWith()))).toBe(expected)
  })

  test.each([
    ['crm', 10_000, 1],
    ['full', 50, 1],
    ['full', 51, 2],
  ] as const)('%s with %i users needs %i', (scope, userCount, needed) => {
    expect(approvalsNeeded({ scope, userCount }, policyWith())).toBe(needed)
  })

  test('S81 fewer left than needed', () => {
    expect(said(r9Approvals({ counted: 1, needed: 2 }, policyWith()))).toBe('approvals_missing')
    expect(said(r9Approvals({ counted: 2, needed: 2 }, policyWith()))).toBe('yes')
  })

  test('the arithmetic: one person counts once, and never for another digest, in whatever order and how often', () => {
    const vote = fc.record({ approverId: fc.constantFrom('a', 'b', 'c'), digest: fc.constantFrom('d1', 'd2') })
    fc.assert(
      fc.property(fc.array(vote), (votes) => {
        const people = new Set(votes.flatMap((cast) => (cast.digest === 'd2' ? [cast.approverId] : [])))
        expect(approvalsCounted(votes, 'd2')).toBe(people.size)
        expect(approvalsCounted([...votes, ...votes].reverse(), 'd2')).toBe(people.size)
      }),
    )
  })
})
