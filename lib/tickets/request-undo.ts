import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { locales, type Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { ownersMethod } from './owners-method.ts'
import { send, ticketCall } from './send.ts'

export const requestUndoInput = ticketCall.extend({
  /** A preview of its own, made against the safety copy: what was typed since the restore is lost (S57). */
  previewId: z.uuid(),
  digest: z.string().min(1).max(200),
  typedName: z.string().max(500),
  shownText: z.string().min(1).max(50_000),
  locale: z.enum(locales),
})
export type RequestUndoInput = z.input<typeof requestUndoInput>

/** The owner takes the restore back, within the undo window. Begins at once. */
export function requestUndo(db: Db, actor: Person, input: RequestUndoInput): Promise<Dispatched> {
  return send(db, actor, requestUndoInput, input, ({ ticketId: _, expectedVersion: __, idempotencyKey: ___, ...consent }) => ({
    type: 'REQUEST_UNDO',
    request: consent,
    compose: async (_tx, { life, at }) => ({
      type: 'REQUEST_UNDO',
      ...consent,
      method: ownersMethod(actor, life.context, at),
      runId: randomUUID(),
    }),
  }))
}
