import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const rejectRestoreInput = ticketCall.extend({ digest: z.string().min(1).max(200), reason })
export type RejectRestoreInput = z.input<typeof rejectRestoreInput>

/** An approver's no, with a reason that the customer reads. One is enough. */
export function rejectRestore(db: Db, actor: Person, input: RejectRestoreInput): Promise<Dispatched> {
  const method = actor.stepUp?.method ?? 'totp'
  return send(db, actor, rejectRestoreInput, input, ({ digest, reason: why }) => ({
    type: 'REJECT_RESTORE',
    digest,
    method,
    reason: why,
  }))
}
