import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const leavePausedInput = ticketCall.extend({ runId: z.uuid() })
export type LeavePausedInput = z.input<typeof leavePausedInput>

/** The owner has looked at what came back paused and lets it be; until the undo window ends it can still be released. */
export function leavePaused(db: Db, actor: Person, input: LeavePausedInput): Promise<Dispatched> {
  return send(db, actor, leavePausedInput, input, ({ runId }) => ({ type: 'LEAVE_PAUSED', runId }))
}
