import { sql } from 'drizzle-orm'
import { index, pgTable, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { snapshots } from './snapshots.ts'
import { tickets } from './tickets.ts'

/** Keeps a snapshot from being pruned while a live ticket needs it. A trigger refuses to prune under an open hold (I10). */
export const holds = pgTable(
  'holds',
  {
    id: id(),
    snapshotId: uuid()
      .notNull()
      .references(() => snapshots.id),
    ticketId: uuid()
      .notNull()
      .references(() => tickets.id),
    placedAt: createdAt(),
    until: instant().notNull(),
    releasedAt: instant(),
  },
  (t) => [
    uniqueIndex('holds_one_open').on(t.snapshotId, t.ticketId).where(sql`${t.releasedAt} is null`),
    index('holds_open_snapshot').on(t.snapshotId).where(sql`${t.releasedAt} is null`),
    index('holds_ticket').on(t.ticketId),
  ],
)
