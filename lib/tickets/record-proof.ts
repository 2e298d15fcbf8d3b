import { createHash, randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import { proofs } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall, words } from './send.ts'

export const recordProofInput = ticketCall.extend({ kind: words.max(100), evidence: reason })
export type RecordProofInput = z.input<typeof recordProofInput>

/**
 * An agent writes down another proof that the owner is the owner, for when their mailbox is gone. It counts once a second agent confirms
 * it, and then stands in for the owner's second step only: consent is still the owner's own (S1, S83).
 */
export function recordProof(db: Db, actor: Person, input: RecordProofInput): Promise<Dispatched> {
  const proofId = randomUUID()
  return send(db, actor, recordProofInput, input, ({ kind, evidence }) => ({
    type: 'RECORD_PROOF',
    request: { kind, evidence },
    compose: async () => ({
      type: 'RECORD_PROOF',
      proofId,
      kind,
      evidenceSha256: createHash('sha256').update(evidence).digest('hex'),
    }),
    alongside: async (tx, { ticket, at }) => {
      const { id: ticketId, portalId } = ticket
      await tx
        .insert(proofs)
        .values({ id: proofId, ticketId, portalId, kind, evidence, recordedBy: actor.userId, recordedAt: new Date(at) })
    },
  }))
}
