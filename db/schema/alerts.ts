import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'

/** Something the desk must look at: a missed or failed capture (R1), a second place without a copy of today (R14), a mass deletion (R15), a mail that cannot be delivered, a bar that would not lift. */
export const alerts = pgTable(
  'alerts',
  {
    id: id(),
    kind: text()
      .$type<
        | 'capture_missed'
        | 'capture_failed'
        | 'second_place_late'
        | 'second_place_failed'
        | 'snapshot_bad'
        | 'mail_undeliverable'
        | 'portal_barred'
        | 'proof_failed'
        | 'ways_disagree'
        | 'drill_failed'
        | 'preview_failed'
        | 'mass_deletion'
        | 'break_glass'
      >()
      .notNull(),
    portalId: uuid().references(() => portals.id),
    /** One open alert per kind and subject; a second cause only adds to it. */
    subject: text().notNull(),
    detail: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    raisedAt: createdAt(),
    resolvedAt: instant(),
  },
  (t) => [
    uniqueIndex('alerts_one_open').on(t.kind, t.subject).where(sql`${t.resolvedAt} is null`),
    index('alerts_of_portal').on(t.portalId, t.kind, t.raisedAt.desc()),
    index('alerts_open').on(t.raisedAt).where(sql`${t.resolvedAt} is null`),
  ],
)
