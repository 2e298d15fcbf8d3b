import { pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Workers that are alive: `/api/health/ready` looks here. */
export const workerHeartbeats = pgTable('worker_heartbeats', {
  workerId: text().primaryKey(),
  startedAt: instant().notNull().defaultNow(),
  seenAt: instant().notNull().defaultNow(),
})
