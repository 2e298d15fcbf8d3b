import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { tickets } from './tickets.ts'
import { users } from './users.ts'

/** Another proof that the owner is the owner, recorded by one agent and confirmed by a second (the owner's mailbox is gone). */
export const proofs = pgTable(
  'proofs',
  {
    id: id(),
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    kind: text().notNull(),
    evidence: text().notNull(),
    recordedBy: uuid()
      .notNull()
      .references(() => users.id),
    recordedAt: createdAt(),
    confirmedBy: uuid().references(() => users.id),
    confirmedAt: instant(),
  },
  (t) => [index('proofs_ticket').on(t.ticketId)],
)
