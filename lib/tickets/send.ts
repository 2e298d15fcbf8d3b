import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Actor } from '#lib/domain/actor.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import { no, refuse } from '#lib/domain/refusal.ts'
import { type Composed, type Dispatched, dispatch } from './dispatch.ts'

/** What every verb is told: which ticket, and optionally the version that was seen (S43) and a key to be safe to repeat (I7). */
export const ticketCall = z.object({
  ticketId: z.uuid(),
  expectedVersion: z.int().min(0).optional(),
  idempotencyKey: z.string().min(1).max(200).optional(),
})

/** Words that JSON and PostgreSQL can keep. */
export const words = z
  .string()
  .trim()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))
export const reason = words.max(10_000)

/** Parses what was sent, makes the event of it and sends it through the door. What does not parse is a refusal that names the fields. */
export async function send<S extends z.ZodType<z.output<typeof ticketCall>>>(
  db: Db,
  actor: Actor,
  schema: S,
  input: unknown,
  event: (call: z.output<S>) => TicketEvent | Composed,
): Promise<Dispatched> {
  const call = schema.safeParse(input)
  if (!call.success) return no(refuse('invalid_input', { fields: call.error.issues.map(({ path }) => path.join('.')) }))
  const { ticketId, expectedVersion, idempotencyKey } = call.data
  return dispatch(db, actor, { ticketId, expectedVersion, idempotencyKey, event: event(call.data) })
}
