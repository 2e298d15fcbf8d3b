import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const liftFreezeInput = ticketCall.extend({ reason })
export type LiftFreezeInput = z.input<typeof liftFreezeInput>

/** An administrator of the desk has looked, and lets a frozen ticket go on (S7). */
export function liftFreeze(db: Db, actor: Person, input: LiftFreezeInput): Promise<Dispatched> {
  return send(db, actor, liftFreezeInput, input, ({ reason: why }) => ({ type: 'LIFT_FREEZE', reason: why }))
}
