import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytes, createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { snapshots } from './snapshots.ts'
import { users } from './users.ts'

/** What a ticket, a preview or a run is about; lib/domain/policy/policy.ts tells each. */
export type RestoreScope = 'extract' | 'put_back' | 'crm' | 'full'
export type PreviewState = 'computing' | 'ready' | 'refused' | 'failed'

/** A loss preview: the difference told to people, with the digest that consent and approval are given to (I9). Never changed once ready. */
export const previews = pgTable(
  'previews',
  {
    id: id(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    /** The restore point; for an undo, the safety copy. */
    snapshotId: uuid()
      .notNull()
      .references(() => snapshots.id),
    scope: text().$type<RestoreScope>().notNull(),
    purpose: text().$type<'restore' | 'undo'>().notNull().default('restore'),
    state: text().$type<PreviewState>().notNull().default('computing'),
    /** While it is computed; parsed by lib/snapshots/preview-progress.ts. */
    progress: jsonb().$type<Record<string, unknown>>(),
    digest: text(),
    /** The way the comparison took; its answer is the same by each. */
    method: text().$type<'exact' | 'watermark' | 'wal_summaries'>(),
    way: text().$type<'in_place' | 'swap' | 'files'>(),
    policyVersion: integer().notNull(),
    /** The records that an extract or a put-back is about, or the put-back that is undone; parsed by lib/snapshots/selection.ts. */
    selection: jsonb().$type<Record<string, unknown>>(),
    /** Totals, tables, people, hours, examples, edges, notices, estimated write pause; parsed by lib/snapshots/preview.ts. */
    report: jsonb().$type<Record<string, unknown>>(),
    /** Sorted row hashes of everything that would be wiped: what consent covers, row by row (I4). */
    wiped: bytes(),
    refusal: jsonb().$type<Record<string, unknown>>(),
    error: text(),
    requestedBy: uuid().references(() => users.id),
    createdAt: createdAt(),
    takenAt: instant(),
  },
  (t) => [
    index('previews_portal').on(t.portalId, t.createdAt),
    check('previews_selection_where_needed', sql`(${t.scope} in ('extract', 'put_back')) = (${t.selection} is not null)`),
  ],
)
