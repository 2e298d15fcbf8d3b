import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id } from './columns.ts'
import { portals } from './portals.ts'
import { users } from './users.ts'

/** Somebody looks for their records: what was asked and, for a day, what was found. For the one who asked alone. */
export const searches = pgTable(
  'searches',
  {
    id: id(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    requestedBy: uuid()
      .notNull()
      .references(() => users.id),
    words: text().notNull(),
    /** How far this person may look. */
    scope: text().$type<'crm' | 'full'>().notNull(),
    state: text().$type<'searching' | 'ready' | 'failed'>().notNull().default('searching'),
    /** Parsed by lib/snapshots/search-report.ts. */
    report: jsonb().$type<Record<string, unknown>>(),
    error: text(),
    createdAt: createdAt(),
  },
  (t) => [index('searches_asked').on(t.portalId, t.requestedBy, t.createdAt)],
)
