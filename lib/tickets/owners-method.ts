import type { Person } from '#lib/domain/actor.ts'
import type { ConsentMethod } from '#lib/domain/events.ts'
import type { Instant } from '#lib/domain/instants.ts'
import type { TicketContext } from '#lib/domain/machine-context.ts'
import { r13FreshHands, r13KnownFactor } from '#lib/domain/policy/r13-fresh-hands.ts'

type Ticket = Pick<TicketContext, 'proof' | 'scope' | 'policy'>

/**
 * How the owner proved a second time that it is them: by their session's second step where that counts now or, where the mailbox is gone,
 * by a proof that two agents recorded. A session without either is taken at its word here and refused by R13.
 */
export function ownersMethod({ stepUp }: Pick<Person, 'stepUp'>, ticket: Ticket, now: Instant): ConsentMethod {
  if (stepUp !== null && outweighsProof(stepUp, ticket, now)) return stepUp.method
  const { proof } = ticket
  if (proof !== null && proof.confirmedBy !== null) return 'recorded_proof'
  return stepUp?.method ?? 'totp'
}

/** An old code, and an app in its cool-off, prove less than the two agents did; a code by mail always does. */
function outweighsProof(stepUp: NonNullable<Person['stepUp']>, { scope, policy }: Ticket, now: Instant): boolean {
  if (stepUp.method === 'mail_code') return false
  const fresh = r13FreshHands({ stepUp, now }, policy)
  return fresh.allowed && r13KnownFactor({ stepUp, scope, proofConfirmed: false, now }, policy).allowed
}
