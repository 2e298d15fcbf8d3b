import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { consents, holds, messages, portals, previews, snapshots, tickets, users, votes } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { lethalClock, nextUpdate, turnOf } from '#lib/domain/clocks.ts'
import type { Instant } from '#lib/domain/instants.ts'
import { mayNow, type Offer } from '#lib/domain/may-now.ts'
import type { Party } from '#lib/domain/permissions.ts'
import type { TicketLife } from '#lib/domain/ticket-life.ts'
import { type Timer, timersOf } from '#lib/domain/timers.ts'
import { type PreviewReport, previewReportSchema } from '#lib/snapshots/preview-report.ts'
import { databaseNow } from './database-clock.ts'
import { factsOf } from './facts.ts'
import { type LogEntry, readLog } from './log.ts'
import { maskName } from './mask-name.ts'
import { type FileRead, readFiles } from './read-files.ts'
import { type PausedRead, readPaused } from './read-paused.ts'
import { type RunRead, readRun } from './read-run.ts'
import { authenticatorSince, ownerOf, standingOf } from './standing.ts'
import { lifeOf } from './ticket-row.ts'

export type PersonRead = { id: string; name: string }
export type MessageRead = { id: string; author: PersonRead; byDesk: boolean; kind: 'reply' | 'note'; body: string; at: Date }
/** One step of the path a ticket took; `by` is null for a part of the system. */
export type PathRead = Pick<LogEntry, 'seq' | 'event' | 'stateBefore' | 'stateAfter' | 'refusal' | 'actor'> & {
  at: Date
  by: PersonRead | null
}

export type TicketRead = Pick<
  typeof tickets.$inferSelect,
  'id' | 'number' | 'version' | 'scope' | 'subject' | 'reason' | 'incidentAt' | 'openedAt' | 'updatedAt' | 'policyVersion'
> & {
  /** The database's clock when this was read: pages count from it, never from their own (I13). */
  now: Instant
  life: TicketLife
  portal: { id: string; externalId: string; name: string; plan: string; timeZone: string; userCount: number }
  /** What the reader is to this ticket, and the events they may send now. */
  parties: ReadonlySet<Party>
  offers: Offer[]
  turn: ReturnType<typeof turnOf>
  nextUpdateAt: Instant | null
  timers: Timer[]
  lethal: ReturnType<typeof lethalClock>
  requester: PersonRead
  /** Masked for a reader of the portal who is not the owner (S1). */
  owner: PersonRead | null
  assignee: PersonRead | null
  snapshot: Pick<
    typeof snapshots.$inferSelect,
    'id' | 'label' | 'state' | 'completedAt' | 'verifiedAt' | 'provenAt' | 'recoveryMs'
  > & {
    heldUntil: Date | null
  }
  preview: PreviewRead
  consent: typeof consents.$inferSelect | null
  votes: (typeof votes.$inferSelect & { approver: PersonRead })[]
  run: RunRead | null
  files: FileRead[]
  paused: PausedRead[]
  messages: MessageRead[]
  path: PathRead[]
}
export type PreviewRead = Pick<typeof previews.$inferSelect, 'id' | 'digest' | 'state' | 'way' | 'takenAt' | 'method'> & {
  report: PreviewReport | null
}

/** A ticket with all its page needs, or null where it does not exist for this reader: a foreign number is a 404 (I8, S113). */
export async function readTicket(db: Db, actor: Person, number: number): Promise<TicketRead | null> {
  if (!Number.isSafeInteger(number)) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const [row] = await tx
      .select({ ticket: tickets, portal: portals })
      .from(tickets)
      .innerJoin(portals, eq(portals.id, tickets.portalId))
      .where(eq(tickets.number, number))
    if (!row) return null
    const parties = await standingOf(tx, actor, row.ticket.portalId, row.ticket)
    return maySee(parties) ? assemble(tx, actor, parties, row) : null
  })
}

/** Colleagues of the portal who neither asked nor own it do not see what was lost. */
function maySee(parties: ReadonlySet<Party>): boolean {
  return (['owner', 'requester', 'watcher', 'agent', 'approver', 'admin'] as const).some((party) => parties.has(party))
}

type Row = { ticket: typeof tickets.$inferSelect; portal: typeof portals.$inferSelect }

async function assemble(tx: Tx, actor: Person, parties: ReadonlySet<Party>, { ticket, portal }: Row): Promise<TicketRead> {
  const life = lifeOf(ticket)
  const now = await databaseNow(tx)
  const { preview: _, snapshot: __, ...facts } = await factsOf(tx, ticket, null)
  const owner = await ownerOf(tx, portal.id)
  const since = await authenticatorSince(tx, actor)
  const [snapshot, preview, consent, cast, said, log, run, files, paused] = await Promise.all([
    readSnapshot(tx, ticket),
    readPreview(tx, ticket.previewId),
    readConsent(tx, ticket.id),
    tx.select().from(votes).where(eq(votes.ticketId, ticket.id)).orderBy(asc(votes.at)),
    tx.select().from(messages).where(eq(messages.ticketId, ticket.id)).orderBy(asc(messages.at)),
    readLog(tx, ticket.id),
    readRun(tx, ticket.id),
    readFiles(tx, ticket.id, parties),
    readPaused(tx, life.context),
  ])
  const nameOf = await namesOf(tx, [
    ticket.requesterId,
    ticket.assigneeId,
    owner?.userId,
    ...cast.map((vote) => vote.approverId),
    ...said.map((message) => message.authorId),
    ...log.map((entry) => (entry.actor.kind === 'person' ? entry.actor.userId : null)),
  ])
  const ofDesk = actor.deskRoles.length > 0
  const shown = (id: string) => (!ofDesk && id === owner?.userId && id !== actor.userId ? masked(nameOf(id)) : nameOf(id))
  const { id, version, scope, subject, reason, incidentAt, openedAt, updatedAt, policyVersion } = ticket
  return {
    id,
    number: ticket.number,
    version,
    scope,
    subject,
    reason,
    incidentAt,
    openedAt,
    updatedAt,
    policyVersion,
    now,
    life,
    portal: {
      id: portal.id,
      externalId: portal.externalId,
      name: portal.name,
      plan: portal.plan,
      timeZone: portal.timeZone,
      userCount: portal.userCount,
    },
    parties,
    offers: mayNow(
      {
        life,
        facts,
      },
      {
        userId: actor.userId,
        parties,
        stepUp: actor.stepUp,
        authenticatorSince: since,
      },
      now,
    ),
    turn: turnOf(life.state, life.context),
    nextUpdateAt: nextUpdate(life.state, life.context, now),
    timers: timersOf(life.state, life.context),
    lethal: lethalClock(life.state, life.context),
    requester: shown(ticket.requesterId),
    owner: owner && shown(owner.userId),
    assignee: ticket.assigneeId === null ? null : nameOf(ticket.assigneeId),
    snapshot,
    preview,
    consent,
    votes: cast.map((vote) => ({
      ...vote,
      approver: nameOf(vote.approverId),
    })),
    run,
    files,
    paused,
    messages: said.map(({ id, authorId, kind, body, at }) => ({
      id,
      kind,
      body,
      at,
      author: shown(authorId),
      byDesk: nameOf(authorId).byDesk,
    })),
    path: log.map(({ seq, event, stateBefore, stateAfter, refusal, actor: by, at }) => ({
      seq,
      event,
      stateBefore,
      stateAfter,
      refusal,
      actor: by,
      at: new Date(at),
      by: by.kind === 'person' ? shown(by.userId) : null,
    })),
  }
}

async function readSnapshot(tx: Tx, { snapshotId, id }: { snapshotId: string; id: string }): Promise<TicketRead['snapshot']> {
  const [row] = await tx
    .select({
      id: snapshots.id,
      label: snapshots.label,
      state: snapshots.state,
      completedAt: snapshots.completedAt,
      verifiedAt: snapshots.verifiedAt,
      provenAt: snapshots.provenAt,
      recoveryMs: snapshots.recoveryMs,
      heldUntil: holds.until,
    })
    .from(snapshots)
    .leftJoin(holds, and(eq(holds.snapshotId, snapshots.id), eq(holds.ticketId, id), isNull(holds.releasedAt)))
    .where(eq(snapshots.id, snapshotId))
  if (!row) throw new Error(`ticket ${id} has no snapshot`)
  return row
}

async function readPreview(tx: Tx, previewId: string): Promise<PreviewRead> {
  const { id, digest, state, way, takenAt, method, report } = previews
  const [row] = await tx
    .select({ id, digest, state, way, takenAt, method, report })
    .from(previews)
    .where(eq(previews.id, previewId))
  if (!row) throw new Error(`preview ${previewId} is gone`)
  return { ...row, report: row.report === null ? null : previewReportSchema.parse(row.report) }
}

async function readConsent(tx: Tx, ticketId: string): Promise<typeof consents.$inferSelect | null> {
  const [row] = await tx
    .select()
    .from(consents)
    .where(and(eq(consents.ticketId, ticketId), eq(consents.purpose, 'restore'), isNull(consents.voidedAt)))
  return row ?? null
}

type Named = PersonRead & { byDesk: boolean }

async function namesOf(tx: Tx, ids: (string | null | undefined)[]): Promise<(id: string) => Named> {
  const wanted = [...new Set(ids.filter((id) => typeof id === 'string'))]
  const rows = await tx
    .select({ id: users.id, name: users.name, deskRoles: users.deskRoles })
    .from(users)
    .where(inArray(users.id, wanted))
  const known = new Map(rows.map(({ id, name, deskRoles }) => [id, { id, name: name ?? '', byDesk: deskRoles.length > 0 }]))
  return (id) => known.get(id) ?? { id, name: '', byDesk: false }
}

function masked<T extends PersonRead>(person: T): T {
  return { ...person, name: maskName(person.name) }
}
