import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const extendHoldInput = ticketCall.extend({ reason })
export type ExtendHoldInput = z.input<typeof extendHoldInput>

/** An approver lets the snapshot be kept longer, once (S19). */
export function extendHold(db: Db, actor: Person, input: ExtendHoldInput): Promise<Dispatched> {
  return send(db, actor, extendHoldInput, input, ({ reason: why }) => ({ type: 'EXTEND_HOLD', reason: why }))
}
