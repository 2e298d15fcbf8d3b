import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const checkPlanAgainInput = ticketCall
export type CheckPlanAgainInput = z.input<typeof checkPlanAgainInput>

/** Asks billing once more, for whoever thinks they have paid (S23). */
export function checkPlanAgain(db: Db, actor: Person, input: CheckPlanAgainInput): Promise<Dispatched> {
  return send(db, actor, checkPlanAgainInput, input, () => ({ type: 'CHECK_PLAN_AGAIN' }))
}
