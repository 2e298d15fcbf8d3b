import { bigint, index, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'

/** The demo's mailbox: what its own SMTP server received, raw. Empty everywhere else. */
export const caughtMails = pgTable(
  'caught_mails',
  {
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    sender: text().notNull(),
    recipient: text().notNull(),
    subject: text().notNull(),
    raw: text().notNull(),
    receivedAt: createdAt(),
  },
  (t) => [index('caught_mails_recipient').on(t.recipient, t.id.desc())],
)
