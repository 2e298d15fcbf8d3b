import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { type AdapterName, datastores } from './datastores.ts'
import { portals } from './portals.ts'

export type SnapshotState = 'capturing' | 'ready' | 'bad' | 'failed' | 'pruning' | 'pruned'
export type SnapshotLabel = 'daily' | 'manual' | 'safety'
/** Rows by which a snapshot differs from the one before it: the change bars of the timeline. */
export type SnapshotChanges = { missing: number; newer: number; changed: number }

/** A restore point: the state of one portal at one moment. `failed` rows are the holes of the picker, with their reason (S27). */
export const snapshots = pgTable(
  'snapshots',
  {
    id: id(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    datastoreId: uuid()
      .notNull()
      .references(() => datastores.id),
    /** Which adapter keeps its copy: the datastore's, or that of the second place. */
    adapter: text().$type<AdapterName>().notNull().default('postgres'),
    /** Of the portal's second place (R14): the same day's state as a point of its own, kept apart from the server. */
    inSecondPlace: boolean().notNull().default(false),
    label: text().$type<SnapshotLabel>().notNull(),
    note: text(),
    state: text().$type<SnapshotState>().notNull().default('capturing'),
    databaseName: text().unique(),
    way: text().$type<'physical' | 'online'>(),
    parentId: uuid(),
    startedAt: createdAt(),
    /** Retention counts from here, in hours (S32). Of one `ofMoment`, the moment: what the copy holds is as old as that, whenever it was made. */
    completedAt: instant(),
    /** Asked for by its moment, and made afterwards. */
    ofMoment: boolean().notNull().default(false),
    captureMs: integer(),
    barredMs: integer(),
    sessionsEnded: integer(),
    tableCount: integer(),
    rowCount: bigint({ mode: 'number' }),
    byteCount: bigint({ mode: 'number' }),
    /** Per table rows, bytes, checksum; parsed by lib/snapshots/port.ts. */
    manifest: jsonb().$type<Record<string, unknown>>(),
    changes: jsonb().$type<SnapshotChanges>(),
    verifiedAt: instant(),
    /** When it was last restored whole onto a copy, and how long that took: what a drill measured. */
    provenAt: instant(),
    recoveryMs: integer(),
    /** Where its copy lies, as its adapter told when it was made (R14); parsed by lib/snapshots/port.ts. Null: not written down. */
    place: jsonb().$type<Record<string, unknown>>(),
    /** Why it failed, was marked bad or had to be copied whole, as programs tell it: for the desk. */
    reason: text(),
    /** The same as a kind that has words for everybody; parsed by lib/domain/capture-reasons.ts. */
    reasonKind: text(),
    prunedAt: instant(),
    /** Fencing token of the portal lease under which it is being made or removed (I15). */
    leaseToken: bigint({ mode: 'number' }),
  },
  (t) => [
    check(
      'snapshots_ready_is_complete',
      sql`${t.state} <> 'ready' or (${t.completedAt} is not null and ${t.databaseName} is not null)`,
    ),
    index('snapshots_portal').on(t.portalId, t.startedAt.desc()),
    index('snapshots_kept').on(t.completedAt).where(sql`${t.state} in ('ready','bad')`),
    index('snapshots_proven').on(t.datastoreId, t.adapter, t.provenAt).where(sql`${t.provenAt} is not null`),
    index('snapshots_oldest').on(t.datastoreId, t.adapter, t.completedAt).where(sql`${t.state} = 'ready'`),
    index('snapshots_unfinished').on(t.state).where(sql`${t.state} in ('capturing','pruning')`),
    uniqueIndex('snapshots_one_capture_per_portal')
      .on(t.portalId)
      .where(sql`${t.state} = 'capturing' and ${t.label} <> 'safety'`),
  ],
)
