import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, instant } from './columns.ts'
import { portals } from './portals.ts'

/** What a billing provider that lives in this database (manual, demo) knows of a portal. */
export const billingAccounts = pgTable('billing_accounts', {
  portalId: uuid()
    .primaryKey()
    .references(() => portals.id),
  provider: text().$type<'manual' | 'demo'>().notNull(),
  plan: text().notNull(),
  paid: boolean().notNull(),
  /** When the provider says this became so: an older event never overwrites a newer one (S23). */
  asOf: instant().notNull(),
  updatedAt: instant().notNull().defaultNow(),
})

/** Every billing event ever received, once (S23). */
export const billingEvents = pgTable(
  'billing_events',
  {
    id: text().primaryKey(),
    provider: text().notNull(),
    portalId: uuid().references(() => portals.id),
    type: text().notNull(),
    occurredAt: instant().notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    outcome: text().$type<'applied' | 'stale' | 'ignored'>().notNull(),
    ticketsMoved: integer().notNull().default(0),
    receivedAt: createdAt(),
  },
  (t) => [index('billing_events_portal').on(t.portalId, t.occurredAt)],
)
