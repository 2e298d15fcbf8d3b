import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from './schema/index.ts'

export type Db = PostgresJsDatabase<typeof schema>
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

/** The role the application works as: it owns nothing, so grants and row-level security bind it. */
export const applicationRole = 'restore_desk_app'

type Kept = { restoreDeskSql?: postgres.Sql; restoreDeskDb?: Db }
// On globalThis, since the web server bundles this module more than once.
const kept = globalThis as Kept

/** A pool as the application's role. `maxConnections` counts per process. */
export function connect(url: string, maxConnections = 10): postgres.Sql {
  return postgres(url, {
    max: maxConnections,
    onnotice: () => undefined,
    connection: { role: applicationRole, application_name: 'restore-desk' },
  })
}

/** drizzle over a pool of its own: it rewires that pool's json and date types. */
export function drizzleOver(client: postgres.Sql): Db {
  return drizzle(client, { schema, casing: 'snake_case' })
}

/** Raw client for LISTEN and the rare statement that no builder can say; one a process, made on first use (`next build` has no database). */
export function sql(): postgres.Sql {
  kept.restoreDeskSql ??= connect(databaseUrl(), 4)
  return kept.restoreDeskSql
}

export function db(): Db {
  kept.restoreDeskDb ??= drizzleOver(connect(databaseUrl()))
  return kept.restoreDeskDb
}

function databaseUrl(): string {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set')
  return url
}
