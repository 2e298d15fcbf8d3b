import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { say } from './say.ts'
import { send, ticketCall, words } from './send.ts'

export const replyInput = ticketCall.extend({ body: words.max(20_000) })
export type ReplyInput = z.input<typeof replyInput>

/** A word that everybody of the ticket reads; the other side is told by mail. */
export function reply(db: Db, actor: Person, input: ReplyInput): Promise<Dispatched> {
  return send(db, actor, replyInput, input, ({ body }) => say(actor, 'REPLY', body))
}
