import { jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id } from './columns.ts'
import { portals } from './portals.ts'

/**
 * S66: records that somebody asked to be erased, kept outside the portals that held them, so that no restore brings them back. Only grows; it names records by
 * their keys and never says what they held. Read for the system alone.
 */
export const erasures = pgTable(
  'erasures',
  {
    id: id(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    schemaName: text().notNull(),
    tableName: text().notNull(),
    /** Each column of the table's key and its value, as that column's text. */
    key: jsonb().$type<Record<string, string>>().notNull(),
    /** Why, or the vendor's own reference for it. */
    reason: text().notNull(),
    /** Who recorded it: a person's id at the desk, or an operator's name at the command line. */
    recordedBy: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique('erasures_once').on(t.portalId, t.schemaName, t.tableName, t.key)],
)
