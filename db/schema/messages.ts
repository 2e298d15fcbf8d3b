import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id } from './columns.ts'
import { portals } from './portals.ts'
import { tickets } from './tickets.ts'
import { users } from './users.ts'

/** The conversation: `reply` is seen by everybody of the ticket, `note` by the desk only (row-level security keeps it so). */
export const messages = pgTable(
  'messages',
  {
    id: id(),
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    authorId: uuid()
      .notNull()
      .references(() => users.id),
    kind: text().$type<'reply' | 'note'>().notNull(),
    body: text().notNull(),
    at: createdAt(),
  },
  (t) => [
    index('messages_ticket').on(t.ticketId, t.at),
    check('messages_body_bounded', sql`char_length(${t.body}) between 1 and 20000`),
  ],
)
