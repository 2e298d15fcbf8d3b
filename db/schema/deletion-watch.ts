import { bigint, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { portals } from './portals.ts'

/** Rows of one table that were deleted; `inCrm` as the portal's scope had it then. */
export type DeletedRows = { schema: string; table: string; rows: number; inCrm: boolean }

/** R15: where the counting of a portal's deletions stands. `mark` is the adapter's own, opaque here. */
export const deletionMarks = pgTable('deletion_marks', {
  portalId: uuid()
    .primaryKey()
    .references(() => portals.id),
  mark: text().notNull(),
  /** Since when the portal is watched without a word missing: its usual can only be known from here on. */
  watchedSince: instant().notNull(),
  /** The portal was asked then, and had answered by `takenAt`: the counts are of some moment in between. */
  askedAt: instant().notNull(),
  takenAt: instant().notNull(),
})

/** R15: what was deleted between two looks at a portal. Looks that found nothing leave no row. Pruned nightly. */
export const deletionSamples = pgTable(
  'deletion_samples',
  {
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    since: instant().notNull(),
    until: instant().notNull(),
    deleted: bigint({ mode: 'number' }).notNull(),
    tables: jsonb().$type<DeletedRows[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.portalId, t.until] }), index('deletion_samples_until').on(t.until)],
)
