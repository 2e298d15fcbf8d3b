import { bigint, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { portals } from './portals.ts'

/** Who may touch a portal's data right now. The token only ever rises: whoever holds an older one can do nothing more (I15). */
export const portalLeases = pgTable(
  'portal_leases',
  {
    portalId: uuid()
      .primaryKey()
      .references(() => portals.id),
    token: bigint({ mode: 'number' }).notNull().default(0),
    holder: text(),
    purpose: text().$type<'capture' | 'restore' | 'undo' | 'prune' | 'verify' | 'release'>(),
    acquiredAt: instant(),
    expiresAt: instant(),
  },
  (t) => [index('portal_leases_expires').on(t.expiresAt)],
)
