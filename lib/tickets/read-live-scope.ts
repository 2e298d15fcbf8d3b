import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { portals, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { readAskedPreview } from './read-asked-preview.ts'

/**
 * What a live stream may tell this person. `version` is the one ticket's now, or null for a stream over all that they see; `previewId` is the one
 * preview of a stream about nothing else.
 */
export type LiveScope = {
  sees: (change: { number: number; portalId: string }) => boolean
  version: number | null
  previewId?: string
}

/** Null for a preview that is not there for this person. */
export async function readPreviewScope(db: Db, actor: Person, previewId: string): Promise<LiveScope | null> {
  const preview = await readAskedPreview(db, actor, previewId)
  return preview && { sees: () => false, version: null, previewId: preview.id }
}

/** Null for a ticket that is not there for this person: a foreign number is as absent as one that never was (I8). */
export async function readLiveScope(db: Db, actor: Person, number?: number): Promise<LiveScope | null> {
  return scoped(db, actorKey(actor), async (tx) => {
    if (number !== undefined) {
      const [ticket] = await tx.select({ version: tickets.version }).from(tickets).where(eq(tickets.number, number))
      return ticket ? { sees: (change) => change.number === number, version: ticket.version } : null
    }
    if (actor.deskRoles.length > 0) return { sees: () => true, version: null }
    const visible = new Set((await tx.select({ id: portals.id }).from(portals)).map(({ id }) => id))
    return { sees: ({ portalId }) => visible.has(portalId), version: null }
  })
}
