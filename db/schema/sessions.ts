import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, instant } from './columns.ts'
import { users } from './users.ts'

export type StepUpMethod = 'passkey' | 'totp' | 'mail_code'

/** Auth.js database sessions, with the last second step this browser has passed (R13). */
export const sessions = pgTable(
  'sessions',
  {
    sessionToken: text().primaryKey(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    expires: instant().notNull(),
    stepUpAt: instant(),
    stepUpMethod: text().$type<StepUpMethod>(),
    createdAt: createdAt(),
  },
  (t) => [index('sessions_user').on(t.userId)],
)
