import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const resolveComplaintInput = ticketCall.extend({ reason })
export type ResolveComplaintInput = z.input<typeof resolveComplaintInput>

/** The desk has dealt with a complaint; the undo window ends when it says (S56). */
export function resolveComplaint(db: Db, actor: Person, input: ResolveComplaintInput): Promise<Dispatched> {
  return send(db, actor, resolveComplaintInput, input, ({ reason: why }) => ({ type: 'RESOLVE_COMPLAINT', reason: why }))
}
