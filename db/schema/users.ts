import { sql } from 'drizzle-orm'
import { check, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'

/** What somebody of the vendor may do on the desk; customers have none. */
export type DeskRole = 'agent' | 'approver' | 'admin'

/** Everybody who can sign in. The first five columns are what Auth.js asks for. */
export const users = pgTable(
  'users',
  {
    id: id(),
    name: text(),
    email: text().notNull(),
    emailVerified: instant(),
    image: text(),
    locale: text().$type<'en' | 'pl'>().notNull().default('en'),
    timeZone: text().notNull().default('UTC'),
    deskRoles: text().array().$type<DeskRole[]>().notNull().default(sql`'{}'::text[]`),
    deactivatedAt: instant(),
    /** AES-GCM under AUTH_SECRET; null until a second step is enrolled. */
    totpSecret: text(),
    totpConfirmedAt: instant(),
    /** The last accepted time step: a code is good once. */
    totpLastStep: text(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('users_email_unique').on(sql`lower(${t.email})`),
    check('users_desk_roles_known', sql`${t.deskRoles} <@ array['agent','approver','admin']::text[]`),
  ],
)
