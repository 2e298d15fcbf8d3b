import { pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, id } from './columns.ts'

/** Who speaks to what keeps snapshots; `lib/snapshots/registry.ts` knows them. */
export type AdapterName = 'postgres' | 'restic' | 'http'

/** A PostgreSQL server that holds portals and their snapshots. */
export const datastores = pgTable('datastores', {
  id: id(),
  name: text().notNull().unique(),
  /** Adapter that speaks to it. */
  adapter: text().$type<AdapterName>().notNull().default('postgres'),
  /** Connection of the role that captures and restores; any database of the server. Holds a password: never shown to a page. */
  adminUrl: text().notNull(),
  /** `pg_control_system().system_identifier`: one server under two host names is one datastore (S106). */
  systemIdentifier: text().notNull().unique(),
  createdAt: createdAt(),
})
