import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const confirmProofInput = ticketCall.extend({ proofId: z.uuid() })
export type ConfirmProofInput = z.input<typeof confirmProofInput>

/** A second agent has looked at the evidence and finds it good. */
export function confirmProof(db: Db, actor: Person, input: ConfirmProofInput): Promise<Dispatched> {
  return send(db, actor, confirmProofInput, input, ({ proofId }) => ({ type: 'CONFIRM_PROOF', proofId }))
}
