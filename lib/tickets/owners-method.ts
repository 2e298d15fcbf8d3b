import type { Person } from '#lib/domain/actor.ts'
import type { ConsentMethod } from '#lib/domain/events.ts'
import type { TicketContext } from '#lib/domain/machine-context.ts'

/**
 * How the owner proved a second time that it is them: by their session's second step or, where the mailbox is gone, by a proof that two
 * agents recorded. A session without either is taken at its word here and refused by R13.
 */
export function ownersMethod({ stepUp }: Person, { proof }: Pick<TicketContext, 'proof'>): ConsentMethod {
  if (stepUp !== null && stepUp.method !== 'mail_code') return stepUp.method
  if (proof !== null && proof.confirmedBy !== null) return 'recorded_proof'
  return stepUp?.method ?? 'totp'
}
