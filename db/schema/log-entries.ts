import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { portals } from './portals.ts'
import { tickets } from './tickets.ts'

/** The record: append-only for the application's role, each entry's hash covers the one before it (I6), and replaying it gives the row (I11). */
export const logEntries = pgTable(
  'log_entries',
  {
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    /** 1, 2, 3 … without a gap. */
    seq: integer().notNull(),
    /** The ticket's version after this entry: a refusal is recorded, but raises nothing. */
    version: integer().notNull(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    at: instant().notNull(),
    /** Parsed by lib/domain/actor.ts. */
    actor: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Parsed by lib/domain/events.ts. */
    event: jsonb().$type<Record<string, unknown>>().notNull(),
    stateBefore: text(),
    stateAfter: text().notNull(),
    verdicts: jsonb().$type<Record<string, unknown>[]>().notNull().default([]),
    /** Set where the event was refused by a rule: a refusal is in the log too, and changes nothing. */
    refusal: jsonb().$type<Record<string, unknown>>(),
    previousHash: text().notNull(),
    hash: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.ticketId, t.seq] }), index('log_entries_at').on(t.at)],
)
