import { sql } from 'drizzle-orm'
import { type AnyPgColumn, bigint, check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { previews, type RestoreScope } from './previews.ts'
import { snapshots } from './snapshots.ts'
import { users } from './users.ts'

/** States past which nothing destructive can follow; all others count as live. Spelled as text, so that partial indexes match. */
export const isLive = sql.raw(`"tickets"."state" not in ('closed','rejected','cancelled','expired','undone')`)
/** The queue's order: what dies first comes first, what cannot die comes last. */
export const lethalOrder = sql.raw(`coalesce("tickets"."lethal_at", 'infinity')`)

/**
 * A request for one restore. What was asked never changes after submission except through the machine; progress lives on the run.
 * `state` repeats `machineState.value` for indexes and lists. Only lib/tickets/dispatch.ts writes here.
 */
export const tickets = pgTable(
  'tickets',
  {
    id: id(),
    number: bigint({ mode: 'number' }).generatedAlwaysAsIdentity({ startWith: 1001 }).notNull().unique(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    scope: text().$type<RestoreScope>().notNull(),
    snapshotId: uuid()
      .notNull()
      .references(() => snapshots.id),
    previewId: uuid()
      .notNull()
      .references(() => previews.id),
    requesterId: uuid()
      .notNull()
      .references(() => users.id),
    assigneeId: uuid().references(() => users.id),
    subject: text().notNull(),
    reason: text().notNull(),
    incidentAt: instant(),
    state: text().notNull(),
    machineState: jsonb().$type<Record<string, unknown>>().notNull(),
    machineVersion: integer().notNull(),
    /** Rises by one with every log entry; buttons and calls send the version they saw (S43). */
    version: integer().notNull().default(0),
    policyVersion: integer().notNull(),
    /** Who must act next: owner, billing, approver, worker, desk, requester, nobody. */
    turn: text().notNull(),
    nextUpdateAt: instant(),
    /** The nearest deadline that kills something, and its name: the queue's order. */
    lethalAt: instant(),
    lethalClock: text(),
    joinedTicketId: uuid().references((): AnyPgColumn => tickets.id),
    openedAt: createdAt(),
    updatedAt: instant().notNull().defaultNow(),
    closedAt: instant(),
  },
  (t) => [
    // S39, R10: one live destructive ticket a portal. `restored` is past its restore, but undo may still come: it does not block a new ticket.
    uniqueIndex('tickets_one_live_per_portal')
      .on(t.portalId)
      .where(sql`${t.state} not in ('closed','rejected','cancelled','expired','undone','restored')`),
    index('tickets_portal').on(t.portalId, t.number.desc()),
    index('tickets_live_lethal').on(lethalOrder, t.number).where(isLive),
    index('tickets_live_state').on(t.state, lethalOrder, t.number).where(isLive),
    index('tickets_live_assignee').on(t.assigneeId, lethalOrder, t.number).where(isLive),
    index('tickets_words').using('gin', sql`to_tsvector('simple', ${t.subject} || ' ' || ${t.reason})`),
    index('tickets_requester').on(t.requesterId, t.number.desc()),
    check('tickets_subject_short', sql`char_length(${t.subject}) between 1 and 200`),
    check('tickets_reason_bounded', sql`char_length(${t.reason}) between 1 and 10000`),
  ],
)

/** People who see a ticket because they tried to open the same one (S39). */
export const ticketWatchers = pgTable(
  'ticket_watchers',
  {
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('ticket_watchers_once').on(t.ticketId, t.userId)],
)
