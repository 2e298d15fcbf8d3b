import { createHash, randomUUID } from 'node:crypto'
import { messages } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Composed } from './dispatch.ts'

/** A reply or a note: its words go into `messages`, their fingerprint into the log. */
export function say(actor: Person, type: 'REPLY' | 'ADD_NOTE', body: string): Composed {
  const messageId = randomUUID()
  const kind = type === 'REPLY' ? 'reply' : 'note'
  return {
    type,
    request: { body },
    compose: async () => ({ type, messageId, bodySha256: createHash('sha256').update(body).digest('hex') }),
    alongside: async (tx, { ticket, at }) => {
      const { id: ticketId, portalId } = ticket
      await tx
        .insert(messages)
        .values({ id: messageId, ticketId, portalId, authorId: actor.userId, kind, body, at: new Date(at) })
    },
  }
}
