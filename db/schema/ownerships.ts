import { sql } from 'drizzle-orm'
import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { users } from './users.ts'

/** The history of a portal's owner; the open row is the current one, and there is at most one (R4). */
export const ownerships = pgTable(
  'ownerships',
  {
    id: id(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    fromAt: instant().notNull().defaultNow(),
    toAt: instant(),
    evidence: text(),
  },
  (t) => [
    uniqueIndex('ownerships_one_current').on(t.portalId).where(sql`${t.toAt} is null`),
    index('ownerships_user').on(t.userId).where(sql`${t.toAt} is null`),
  ],
)
