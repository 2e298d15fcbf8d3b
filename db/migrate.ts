import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import { runMigrations } from 'graphile-worker'
import postgres from 'postgres'

/** Any number that only we take: two starts at once migrate one after the other. */
const MIGRATION_LOCK = 7_210_433

export const migrationsFolder = new URL('./migrations', import.meta.url).pathname

/** Brings the database at `url` (its owner's address) to this version: the job queue's tables first, since ours wrap its functions. */
export async function migrateDatabase(url: string): Promise<void> {
  const lock = postgres(url, { max: 1, onnotice: () => undefined })
  // drizzle rewires a client's json and dates: it gets one of its own.
  const client = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await lock`select pg_advisory_lock(${MIGRATION_LOCK})`
    await runMigrations({ connectionString: url })
    await migrate(drizzle(client), { migrationsFolder })
    // So that the web server can answer whether the schema is the one it was built for.
    await lock.unsafe(
      'grant usage on schema drizzle to restore_desk_app; grant select on drizzle.__drizzle_migrations to restore_desk_app',
    )
  } finally {
    await client.end()
    await lock.end()
  }
}

if (import.meta.main) {
  const url = process.env.DATABASE_URL
  if (!url) {
    console.error(
      'DATABASE_URL is not set: the address of the database to migrate, such as postgres://owner:password@localhost:5432/restore_desk',
    )
    process.exit(2)
  }
  await migrateDatabase(url)
}
