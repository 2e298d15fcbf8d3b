import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const openComplaintInput = ticketCall.extend({ reason })
export type OpenComplaintInput = z.input<typeof openComplaintInput>

/** Something is not right after the restore: the undo window does not end while this is open (S56). */
export function openComplaint(db: Db, actor: Person, input: OpenComplaintInput): Promise<Dispatched> {
  return send(db, actor, openComplaintInput, input, ({ reason: why }) => ({ type: 'OPEN_COMPLAINT', reason: why }))
}
