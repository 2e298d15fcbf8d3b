import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { tickets } from './tickets.ts'

/** Mail to be sent, written in the same transaction as what it tells (S59). */
export const mailOutbox = pgTable(
  'mail_outbox',
  {
    id: id(),
    ticketId: uuid().references(() => tickets.id),
    portalId: uuid().references(() => portals.id),
    recipient: text().notNull(),
    locale: text().$type<'en' | 'pl'>().notNull(),
    template: text().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Two jobs that tell the same thing write one mail. */
    dedupeKey: text().unique(),
    messageId: text().notNull().unique(),
    attempts: integer().notNull().default(0),
    lastError: text(),
    createdAt: createdAt(),
    sentAt: instant(),
    /** Given up: the server refused it for good. */
    deadAt: instant(),
  },
  (t) => [
    index('mail_outbox_waiting').on(t.createdAt).where(sql`${t.sentAt} is null and ${t.deadAt} is null`),
    index('mail_outbox_ticket').on(t.ticketId, t.createdAt),
  ],
)
