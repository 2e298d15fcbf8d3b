import type { Said } from '#app/_ui/conversation.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** All that was said on a ticket, the request itself as its first word, each with what its author is to the ticket. */
export function wordsSaid({ id, reason, openedAt, requester, owner, messages }: TicketRead): Said[] {
  const roleOf = (author: { id: string }, byDesk: boolean): Said['role'] => {
    if (author.id === owner?.id) return 'owner'
    if (author.id === requester.id) return 'requester'
    return byDesk ? 'desk' : 'colleague'
  }
  return [
    { id, author: requester.name, role: roleOf(requester, false), kind: 'reply', body: reason, at: openedAt },
    ...messages.map(({ author, byDesk, ...message }) => ({ ...message, author: author.name, role: roleOf(author, byDesk) })),
  ]
}
