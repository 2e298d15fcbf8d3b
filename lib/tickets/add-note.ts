import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { say } from './say.ts'
import { send, ticketCall, words } from './send.ts'

export const addNoteInput = ticketCall.extend({ body: words.max(20_000) })
export type AddNoteInput = z.input<typeof addNoteInput>

/** A word for the desk only; no mail, and row-level security hides it from customers. */
export function addNote(db: Db, actor: Person, input: AddNoteInput): Promise<Dispatched> {
  return send(db, actor, addNoteInput, input, ({ body }) => say(actor, 'ADD_NOTE', body))
}
