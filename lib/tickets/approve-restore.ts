import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const approveRestoreInput = ticketCall.extend({
  /** The digest of the preview that the approver looked at (S82). */
  digest: z.string().min(1).max(200),
  reason: reason.optional(),
})
export type ApproveRestoreInput = z.input<typeof approveRestoreInput>

/** An approver's yes (R9). The last one that is needed schedules the restore. */
export function approveRestore(db: Db, actor: Person, input: ApproveRestoreInput): Promise<Dispatched> {
  // Without a second step R13 refuses, whatever is claimed here.
  const method = actor.stepUp?.method ?? 'totp'
  return send(db, actor, approveRestoreInput, input, ({ digest, reason: why }) => ({
    type: 'APPROVE_RESTORE',
    digest,
    method,
    ...(why === undefined ? {} : { reason: why }),
  }))
}
