import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { previews } from './previews.ts'
import type { StepUpMethod } from './sessions.ts'
import { tickets } from './tickets.ts'
import { users } from './users.ts'

/** The owner's yes to one loss preview. Its text is kept exactly as shown (S90); it dies with its digest (I9). */
export const consents = pgTable(
  'consents',
  {
    id: id(),
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    purpose: text().$type<'restore' | 'undo'>().notNull().default('restore'),
    previewId: uuid()
      .notNull()
      .references(() => previews.id),
    digest: text().notNull(),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    method: text().$type<StepUpMethod | 'recorded_proof'>().notNull(),
    typedName: text().notNull(),
    shownText: text().notNull(),
    locale: text().$type<'en' | 'pl'>().notNull(),
    /** `{kind:'now'}` or `{kind:'at', at, timeZone, atEnd:'abort'|'go_on'}` (S54). */
    window: jsonb().$type<Record<string, unknown>>().notNull(),
    givenAt: createdAt(),
    voidedAt: instant(),
    voidReason: text(),
  },
  (t) => [
    uniqueIndex('consents_one_open').on(t.ticketId, t.purpose).where(sql`${t.voidedAt} is null`),
    index('consents_ticket').on(t.ticketId),
  ],
)
