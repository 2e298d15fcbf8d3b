import { expect, test } from 'vitest'
import type { StepUp } from './actor.ts'
import { mayNow, type Offer } from './may-now.ts'
import type { Party } from './permissions.ts'
import { people, t0, ticketIn } from './testing/world.ts'

const facts = {
  portal: { name: 'Acme', status: 'active', legalHold: false, edition: 'cloud', userCount: 12 },
  ownerId: people.owner,
  otherLiveNumber: null,
  runCommittedAt: null,
} as const
const years = '2024-01-01T00:00:00.000Z'
const yesterday = '2026-11-24T09:00:00.000Z'
const code = (enrolledAt: string): StepUp => ({ method: 'totp', at: t0, enrolledAt })
const mailCode: StepUp = { method: 'mail_code', at: t0 }

/** `fresh` or `needed`, or the code of the no. */
const told = (offer: Offer | undefined) => (offer?.allowed === false ? offer.refusal.code : offer?.stepUp)

const cases = [
  ['no app and no second step', 'full', null, null, 'needed', 'needed'],
  ['an app of years, still to be used', 'full', null, years, 'needed', 'needed'],
  ['an app of years, just used', 'full', code(years), years, 'fresh', 'fresh'],
  ['an app of yesterday, still to be used', 'full', null, yesterday, 'factor_too_new', 'approver_factor_too_new'],
  ['an app of yesterday, just used', 'full', code(yesterday), yesterday, 'factor_too_new', 'approver_factor_too_new'],
  ['an app of yesterday and a code by mail', 'full', mailCode, yesterday, 'factor_too_new', 'approver_factor_too_new'],
  ['an app of yesterday, where a code by mail would do', 'crm', null, yesterday, 'needed', 'needed'],
] as const

test.each(cases)('S7 R13 before they try, owner and approver are told what would be refused: %s, for %s', (...given) => {
  const [, scope, stepUp, authenticatorSince, ofOwner, ofApprover] = given
  const offered = (state: 'verifyingOwner' | 'awaitingApproval', userId: string, party: Party) =>
    mayNow({ life: ticketIn(state, {}, { scope }), facts }, { userId, parties: new Set([party]), stepUp, authenticatorSince }, t0)
  const consent = offered('verifyingOwner', people.owner, 'owner').find(({ event }) => event === 'GIVE_CONSENT')
  const vote = offered('awaitingApproval', people.approver, 'approver').find(({ event }) => event === 'APPROVE_RESTORE')
  expect([told(consent), told(vote)]).toEqual([ofOwner, ofApprover])
})

test('S7 a proof that two agents recorded makes up for an owner’s new app', () => {
  const proof = { proofId: people.agent, kind: 'register', recordedBy: people.agent, confirmedBy: people.agent2 }
  const life = ticketIn('verifyingOwner', { proof }, { scope: 'full' })
  const standing = { userId: people.owner, parties: new Set<Party>(['owner']), stepUp: null, authenticatorSince: yesterday }
  expect(told(mayNow({ life, facts }, standing, t0).find(({ event }) => event === 'GIVE_CONSENT'))).toBe('fresh')
})
