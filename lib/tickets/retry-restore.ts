import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const retryRestoreInput = ticketCall
export type RetryRestoreInput = z.input<typeof retryRestoreInput>

/** Tries a failed restore again while consent and approvals still stand; plan and votes are asked once more. */
export function retryRestore(db: Db, actor: Person, input: RetryRestoreInput): Promise<Dispatched> {
  return send(db, actor, retryRestoreInput, input, () => ({ type: 'RETRY_RESTORE' }))
}
