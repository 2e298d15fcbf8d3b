import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** How often something was asked for in a window: sign-in links per address and source, codes per person. */
export const rateLimits = pgTable(
  'rate_limits',
  { bucket: text().notNull(), windowStart: instant().notNull(), used: integer().notNull().default(0) },
  (t) => [primaryKey({ columns: [t.bucket, t.windowStart] })],
)
