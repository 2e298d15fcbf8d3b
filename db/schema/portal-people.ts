import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, instant } from './columns.ts'
import { portals } from './portals.ts'
import { users } from './users.ts'

/** Who belongs to a portal. The owner is not here but in `ownerships`, since there is exactly one at a time. */
export const portalPeople = pgTable(
  'portal_people',
  {
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    relation: text().$type<'admin' | 'member'>().notNull(),
    deactivatedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.portalId, t.userId] }), index('portal_people_user').on(t.userId)],
)
