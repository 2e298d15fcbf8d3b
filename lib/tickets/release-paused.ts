import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { send, ticketCall } from './send.ts'

export const releasePausedInput = ticketCall.extend({ runId: z.uuid(), actions: z.coerce.number().int().min(1) })
export type ReleasePausedInput = z.input<typeof releasePausedInput>

/** The owner lets go out what the restore brought back paused (S69): these very actions, as many as were shown. A worker does it. */
export function releasePaused(db: Db, actor: Person, input: ReleasePausedInput): Promise<Dispatched> {
  return send(db, actor, releasePausedInput, input, ({ runId, actions }) => ({ type: 'RELEASE_PAUSED', runId, actions }))
}
