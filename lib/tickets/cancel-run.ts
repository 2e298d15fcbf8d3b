import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const cancelRunInput = ticketCall.extend({ reason: reason.optional() })
export type CancelRunInput = z.input<typeof cancelRunInput>

/** Asks a run to stop. It does until it commits; later this says so, and undo is offered (S60). */
export function cancelRun(db: Db, actor: Person, input: CancelRunInput): Promise<Dispatched> {
  return send(db, actor, cancelRunInput, input, ({ reason: why }) => ({
    type: 'CANCEL_RUN',
    ...(why === undefined ? {} : { reason: why }),
  }))
}
