import { and, eq, inArray, ne, notInArray } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { portals, previews, runs, snapshots, tickets } from '#db/schema/index.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import type { TicketFacts } from '#lib/domain/judge-facts.ts'
import { endStates } from '#lib/domain/machine-context.ts'
import { scopes } from '#lib/domain/policy/policy.ts'
import type { SnapshotFacts } from '#lib/domain/policy/r2-retention.ts'
import type { PreviewFacts } from '#lib/domain/policy/r6-loss.ts'
import { ownerOf } from './standing.ts'

/** States in which a ticket does not stand in the way of another of the same portal; the index `tickets_one_live_per_portal` says the same. */
export const statesOutOfTheWay = [...endStates, 'restored'] as const

/** What the tables say about a ticket whose row is locked, and about the preview and snapshot that the event names. */
export async function factsOf(tx: Tx, ticket: { id: string; portalId: string }, event: TicketEvent | null): Promise<TicketFacts> {
  const { portalId } = ticket
  const portal = await portalFacts(tx, portalId)
  if (portal === null) throw new Error(`ticket ${ticket.id} has no portal that its actor sees`)
  return {
    portal,
    ownerId: (await ownerOf(tx, portalId))?.userId ?? null,
    otherLiveNumber: await otherLiveNumber(tx, portalId, ticket.id),
    runCommittedAt: await runCommittedAt(tx, ticket.id),
    preview: event !== null && 'previewId' in event ? await previewFacts(tx, portalId, event.previewId) : null,
    snapshot: event?.type === 'CHOOSE_SNAPSHOT' ? await snapshotFacts(tx, portalId, event.snapshot.id) : null,
  }
}

export async function portalFacts(tx: Tx, portalId: string) {
  const [portal] = await tx
    .select({
      name: portals.name,
      status: portals.status,
      legalHold: portals.legalHold,
      edition: portals.edition,
      userCount: portals.userCount,
    })
    .from(portals)
    .where(eq(portals.id, portalId))
  return portal ?? null
}

/** A preview of this portal; a foreign id is null. */
export async function previewFacts(tx: Tx, portalId: string, previewId: string): Promise<PreviewFacts | null> {
  const [row] = await tx
    .select({
      previewId: previews.id,
      state: previews.state,
      digest: previews.digest,
      scope: previews.scope,
      snapshotId: previews.snapshotId,
      purpose: previews.purpose,
      refusal: previews.refusal,
    })
    .from(previews)
    .where(and(eq(previews.id, previewId), eq(previews.portalId, portalId)))
  if (!row) return null
  const { refusal, ...facts } = row
  return {
    ...facts,
    scope: z.enum(scopes).parse(row.scope),
    refusalCode: z.object({ code: z.string() }).nullable().parse(refusal)?.code ?? null,
  }
}

/** A snapshot of this portal; a foreign id is null. */
export async function snapshotFacts(tx: Tx, portalId: string, snapshotId: string): Promise<SnapshotFacts | null> {
  const [row] = await tx
    .select({ snapshotId: snapshots.id, state: snapshots.state, completedAt: snapshots.completedAt })
    .from(snapshots)
    .where(and(eq(snapshots.id, snapshotId), eq(snapshots.portalId, portalId)))
  return row ? { ...row, completedAt: row.completedAt?.toISOString() ?? null } : null
}

/** The number of a live ticket of the portal other than this one (R10). */
export async function otherLiveNumber(tx: Tx, portalId: string, ticketId: string | null): Promise<number | null> {
  const [other] = await tx
    .select({ number: tickets.number })
    .from(tickets)
    .where(
      and(
        eq(tickets.portalId, portalId),
        notInArray(tickets.state, [...statesOutOfTheWay]),
        ticketId === null ? undefined : ne(tickets.id, ticketId),
      ),
    )
    .limit(1)
  return other?.number ?? null
}

async function runCommittedAt(tx: Tx, ticketId: string): Promise<string | null> {
  const [run] = await tx
    .select({ committedAt: runs.committedAt })
    .from(runs)
    .where(and(eq(runs.ticketId, ticketId), inArray(runs.state, ['queued', 'running'])))
  return run?.committedAt?.toISOString() ?? null
}
