import { integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'
import { users } from './users.ts'

/** Every version of the policy is kept; a ticket lives under the one it was opened with. */
export const policyVersions = pgTable('policy_versions', {
  version: integer().primaryKey(),
  /** Parsed by lib/domain/policy/policy.ts. */
  policy: jsonb().$type<Record<string, unknown>>().notNull(),
  note: text(),
  createdBy: uuid().references(() => users.id),
  createdAt: createdAt(),
})
