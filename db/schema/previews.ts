import { customType, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { snapshots } from './snapshots.ts'
import { users } from './users.ts'

export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

export type RestoreScope = 'crm' | 'full'
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
    progress: jsonb().$type<{ done: number; total: number; table?: string }>(),
    digest: text(),
    method: text().$type<'exact'>(),
    way: text().$type<'in_place' | 'swap'>(),
    policyVersion: integer().notNull(),
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
  (t) => [index('previews_portal').on(t.portalId, t.createdAt)],
)
