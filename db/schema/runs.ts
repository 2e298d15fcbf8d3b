import { sql } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { previews, type RestoreScope } from './previews.ts'
import { snapshots } from './snapshots.ts'
import { tickets } from './tickets.ts'

export type RunKind = 'restore' | 'undo'
/** `files`: an extract, which changes nothing. */
export type RunWay = 'in_place' | 'swap' | 'files'
/** `queued` and `running` are live; the rest never changes again. */
export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'stale'
/** The steps of a restore or undo, in their order; those of `fileSteps` only where the portal's files change places, too. */
export const restoreSteps = [
  'announce',
  'safetyCopy',
  'carryOver',
  'rehearse',
  'bringFiles',
  'lock',
  'compare',
  'apply',
  'verify',
  'commit',
  'moveFiles',
  'prove',
  'release',
] as const
export const fileSteps: readonly RunStep[] = ['bringFiles', 'moveFiles']
export type RunStep = (typeof restoreSteps)[number] | 'extract'

/** One execution of one approved restore (or its undo). `ticketId` is null for an operator's break-glass run. */
export const runs = pgTable(
  'runs',
  {
    id: id(),
    ticketId: uuid().references(() => tickets.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    kind: text().$type<RunKind>().notNull(),
    scope: text().$type<RestoreScope>().notNull(),
    way: text().$type<RunWay>().notNull(),
    snapshotId: uuid()
      .notNull()
      .references(() => snapshots.id),
    previewId: uuid()
      .notNull()
      .references(() => previews.id),
    digest: text().notNull(),
    safetySnapshotId: uuid().references(() => snapshots.id),
    /** The run whose restore an undo takes back. */
    undoesRunId: uuid(),
    state: text().$type<RunState>().notNull().default('queued'),
    step: text().$type<RunStep>(),
    progress: jsonb().$type<{
      done: number
      total: number
      unit: 'rows' | 'bytes' | 'tables'
      leftMs?: number
      table?: string
    }>(),
    attempts: integer().notNull().default(0),
    leaseToken: bigint({ mode: 'number' }),
    /** The portal transaction and the backend that holds it: what a taking-over worker ends and asks about (S49, S50). */
    portalXid: text(),
    backendPid: integer(),
    backendStart: text(),
    /** Swap: oids of both databases, kept before the rename, by which the outcome is recognised. Remote: what the portal must show. */
    swap: jsonb().$type<Record<string, unknown>>(),
    cancelRequestedAt: instant(),
    committedAt: instant(),
    writePauseMs: integer(),
    offlineMs: integer(),
    counts: jsonb().$type<Record<string, unknown>>(),
    report: jsonb().$type<Record<string, unknown>>(),
    reason: text(),
    refusal: jsonb().$type<Record<string, unknown>>(),
    breakGlass: jsonb().$type<{ operator: string; reason: string; reviewedAt?: string }>(),
    createdAt: createdAt(),
    startedAt: instant(),
    finishedAt: instant(),
    /** Set once the outcome has been told to the ticket: a final outcome may not be lost. */
    reportedAt: instant(),
  },
  (t) => [
    // I2: at most one live run a portal, by constraint.
    uniqueIndex('runs_one_live_per_portal').on(t.portalId).where(sql`${t.state} in ('queued','running')`),
    index('runs_ticket').on(t.ticketId, t.createdAt),
    index('runs_unreported').on(t.createdAt).where(sql`${t.reportedAt} is null`),
  ],
)

/** Durable steps: a run resumes after the last one that is done (S48). */
export const runSteps = pgTable(
  'run_steps',
  {
    runId: uuid()
      .notNull()
      .references(() => runs.id),
    step: text().$type<RunStep>().notNull(),
    attempt: integer().notNull(),
    startedAt: createdAt(),
    finishedAt: instant(),
    detail: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.step, t.attempt] })],
)
