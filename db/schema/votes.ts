import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import type { StepUpMethod } from './sessions.ts'
import { tickets } from './tickets.ts'
import { users } from './users.ts'

/** Approvals are arithmetic over these rows. A trigger keeps requester, assignee and consenting owner out (R9, S79). */
export const votes = pgTable(
  'votes',
  {
    id: id(),
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    digest: text().notNull(),
    approverId: uuid()
      .notNull()
      .references(() => users.id),
    decision: text().$type<'approve' | 'reject'>().notNull(),
    reason: text(),
    method: text().$type<StepUpMethod>().notNull(),
    at: createdAt(),
    voidedAt: instant(),
  },
  (t) => [uniqueIndex('votes_one_each').on(t.ticketId, t.digest, t.approverId), index('votes_approver').on(t.approverId, t.at)],
)
