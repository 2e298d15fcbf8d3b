import { and, eq, notInArray } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { endStates } from '#lib/domain/machine-context.ts'
import { refuse } from '#lib/domain/refusal.ts'
import { type Dispatched, dispatch } from './dispatch.ts'
import { ownerOf } from './standing.ts'

/**
 * Tells the tickets of a portal who owns it now, after the directory has written it. A consent that was not carried out yet is void
 * and the new owner is asked anew (S6). Safe to repeat: a ticket that knows is left alone.
 */
export async function changeOwner(db: Db, { portalId }: { portalId: string }): Promise<Dispatched[]> {
  const open = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: tickets.id })
      .from(tickets)
      .where(and(eq(tickets.portalId, portalId), notInArray(tickets.state, [...endStates]))),
  )
  const told: Dispatched[] = []
  for (const { id: ticketId } of open) told.push(await tell(db, ticketId))
  return told
}

function tell(db: Db, ticketId: string): Promise<Dispatched> {
  return dispatch(db, systemActor('directory'), {
    ticketId,
    event: {
      type: 'OWNER_CHANGED',
      request: {},
      compose: async (tx, { ticket, life }) => {
        const owner = await ownerOf(tx, ticket.portalId)
        if (owner === null) return { refusal: refuse('no_owner', {}, 'R4', life.context.policy.version) }
        if (owner.userId === life.context.ownerId)
          return { refusal: refuse('not_now', { event: 'OWNER_CHANGED', state: life.state }) }
        return { type: 'OWNER_CHANGED', ownerId: owner.userId, since: owner.since.toISOString() }
      },
    },
  })
}
