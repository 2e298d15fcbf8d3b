import { spawnSync } from 'node:child_process'
import postgres from 'postgres'
import { deleteCluster, type Embedded, startEmbedded } from '#db/embedded.ts'
import { migrateDatabase } from '#db/migrate.ts'
import { seedDemo } from '#lib/runtime/demo/seed.ts'
import { forgetAll, keptSecret, readSeeded, writeSeeded } from './demo-files.ts'

const NEEDED_BYTES = 2 * 2 ** 30
const DATABASE_NAME = 'restore_desk'
/** While the demo data is made, and only then: whatever interrupts that starts over anyway, and dozens of database copies are forced to disk once. */
const SEEDING = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

export type DemoDatabase = {
  server: Embedded
  /** The owner's address of the desk's own database. */
  url: string
}

/** The server with the desk's database, migrated; `seeding` when the demo data is still to be made. A seed that never finished is made anew: half a demo would explain nothing. */
export async function openDatabase(dir: string, say: (text: string) => void): Promise<DemoDatabase & { seeding: boolean }> {
  let server = await start(dir, readSeeded(dir) === null)
  if (!server.isNew && readSeeded(dir) === null) {
    say('The last start was interrupted before the demo data was whole: starting over')
    await server.stop()
    deleteCluster(dir)
    server = await start(dir, true)
  } else if (server.isNew && readSeeded(dir) !== null) {
    // The mark outlived the data.
    forgetAll(dir)
    await server.stop()
    server = await start(dir, true)
  }
  say(`PostgreSQL is up (${server.startMs} ms), its data lies in ${server.home}`)
  const url = await createDesk(server)
  await migrateDatabase(url)
  await noteAddress(server, url)
  return { server, url, seeding: readSeeded(dir) === null }
}

/** Makes the demo data, and starts the server anew as it runs from then on: durable. */
export async function seedDatabase(
  dir: string,
  { server, url }: DemoDatabase,
  { large, appUrl }: { large: boolean; appUrl: string },
  say: (text: string) => void,
): Promise<Embedded> {
  say(large ? 'Making the demo data, two million rows in the largest portal …' : 'Making the demo data …')
  const step = (text: string) => say(`  ${text}`)
  await seedDemo({ adminUrl: server.url, deskUrl: url, authSecret: keptSecret(dir), large, appUrl, dataDir: dir, say: step })
  await server.stop()
  spawnSync('sync')
  writeSeeded(dir, { large })
  say('Demo data made')
  return start(dir, false)
}

function start(dir: string, seeding: boolean): Promise<Embedded> {
  return startEmbedded(dir, { neededBytes: NEEDED_BYTES, ...(seeding ? { settings: SEEDING } : {}) })
}

async function createDesk(server: Embedded): Promise<string> {
  await onDatabase(server.url, async (admin) => {
    const [found] = await admin`select 1 from pg_database where datname = ${DATABASE_NAME}`
    if (!found) await admin.unsafe(`create database ${DATABASE_NAME} template template0`)
  })
  const url = new URL(server.url)
  url.pathname = `/${DATABASE_NAME}`
  return url.href
}

/** The server's port may be another than last time. */
async function noteAddress(server: Embedded, url: string): Promise<void> {
  await onDatabase(
    url,
    (desk) => desk`
      update datastores set admin_url = ${server.url}
      where system_identifier = (select system_identifier::text from pg_control_system()) and admin_url <> ${server.url}`,
  )
}

async function onDatabase(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  await work(sql).finally(() => sql.end())
}
