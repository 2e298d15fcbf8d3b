import postgres from 'postgres'
import { inject } from 'vitest'
import { connect, type Db, drizzleOver } from '../client.ts'

export const TEMPLATE = 'restore_desk_template'

export type TestDatabase = {
  /** As the application's role: row-level security applies, so work through `scoped`. */
  db: Db
  /** As the owner, for looking behind the application's back: sees everything, owns everything. */
  owner: postgres.Sql
  /** The owner's address, for what opens connections of its own (worker, LISTEN). */
  url: string
  drop: () => Promise<void>
}

/** A desk's database of this test file's own: migrated, without a row. About 100 ms. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createDatabase('desk', TEMPLATE)
  const application = connect(url)
  const owner = postgres(url, { max: 4, onnotice: () => undefined })
  return {
    db: drizzleOver(application),
    owner,
    url,
    drop: async () => {
      await Promise.all([application.end(), owner.end()])
      await drop()
    },
  }
}

/** An empty database on the same server, for a portal or for an engine's two sides. `url` is a superuser's. */
export async function emptyDatabase(prefix = 'portal'): Promise<{ name: string; url: string; drop: () => Promise<void> }> {
  return createDatabase(prefix, 'template0')
}

/** The superuser's address on the server of this test file's worker, for creating databases and roles by hand. */
export function serverUrl(): string {
  const urls = inject('serverUrls')
  // Workers are numbered from 1; files of one worker come one after the other.
  const url = urls[(Number(process.env.VITEST_POOL_ID ?? 1) - 1) % urls.length]
  if (url === undefined) throw new Error('the test run has no server')
  return url
}

async function createDatabase(prefix: string, template: string) {
  const name = `${prefix}_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`
  await onServer((admin) => admin.unsafe(`create database ${name} template ${template} strategy file_copy`))
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  return { name, url: url.href, drop: () => onServer((admin) => admin.unsafe(`drop database if exists ${name} with (force)`)) }
}

async function onServer(work: (admin: postgres.Sql) => Promise<unknown>): Promise<void> {
  const admin = postgres(serverUrl(), { max: 1, onnotice: () => undefined })
  await work(admin).finally(() => admin.end())
}
