import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, instant } from './columns.ts'
import { portals } from './portals.ts'
import { runs } from './runs.ts'
import { snapshots } from './snapshots.ts'
import { tickets } from './tickets.ts'

/** `asked`: the owner released them, and a worker is to do it; the other three are final, but for a new asking. `dropped`: an undo came first. */
export type ReleaseState = 'asked' | 'released' | 'failed' | 'dropped'

/** What of one table came back paused, for people. `was` counts the rows by what the first of the columns was; null where that is too various to tell. */
export type PausedSummary = {
  schema: string
  table: string
  name: { en: string; pl: string }
  rows: number
  was: { value: string | null; rows: number }[] | null
}
export type ReleasedCount = { schema: string; table: string; released: number; changed: number; gone: number }

/** S69: outbound actions that a run brings back paused, and what became of their release. Written before the run commits anything; one row a run, also where there are none. */
export const pausedOutbound = pgTable(
  'paused_outbound',
  {
    runId: uuid()
      .primaryKey()
      .references(() => runs.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    /** Null for an operator's break-glass run. */
    ticketId: uuid().references(() => tickets.id),
    /** The copy of what was replaced, against which they were found. */
    safetySnapshotId: uuid()
      .notNull()
      .references(() => snapshots.id),
    tables: jsonb().$type<PausedSummary[]>().notNull(),
    madeAt: createdAt(),
    releaseState: text().$type<ReleaseState>(),
    askedAt: instant(),
    attempts: integer().notNull().default(0),
    /** The portal transaction that releases, and its backend: kept before its commit, so that a worker that takes over asks what became of it. */
    portalXid: text(),
    backendPid: integer(),
    backendStart: text(),
    /** What that transaction did, or would have done. */
    released: jsonb().$type<ReleasedCount[]>(),
    reason: text(),
    finishedAt: instant(),
    /** Set once the outcome has been told to the ticket. */
    reportedAt: instant(),
  },
  (t) => [index('paused_outbound_ticket').on(t.ticketId), index('paused_outbound_release').on(t.releaseState, t.askedAt)],
)

/** Which they are: keys of rows, for the worker alone. */
export const pausedActions = pgTable('paused_actions', {
  runId: uuid()
    .primaryKey()
    .references(() => pausedOutbound.runId),
  /** Parsed by the port's `pausedTableSchema`. */
  actions: jsonb().$type<unknown[]>().notNull(),
})
