import postgres from 'postgres'
import { connect, type Db, drizzleOver } from '#db/client.ts'
import { startEmbedded } from '#db/embedded.ts'
import { migrateDatabase } from '#db/migrate.ts'
import type { Ground } from './kill-stages.ts'

export type KillGround = Ground & { stop: () => Promise<void> }

/** Waiting for a dead worker's lease is most of a round: 1 s here, 30 s in earnest. */
const leaseTimes = { expiryMs: 2_000, heartbeatMs: 250 }

/** A server of its own, to be killed at will. A killed process loses nothing that it gave to the operating system, so it need not sync. */
export async function startKillGround(dataDir: string): Promise<KillGround> {
  const settings = { fsync: 'off', summarize_wal: 'off', shared_buffers: '64MB', max_connections: '100' }
  let server = await startEmbedded(dataDir, { settings })
  const url = new URL(server.url)
  const admin = postgres(server.url, { max: 1, onnotice: () => undefined })
  await admin`create database desk`
  await admin.end()
  url.pathname = '/desk'
  await migrateDatabase(url.href)
  const client = connect(url.href)
  const db: Db = drizzleOver(client)
  return {
    db,
    databaseUrl: url.href,
    adminUrl: server.url,
    leaseTimes,
    crashServer: async () => {
      // SIGQUIT is PostgreSQL's immediate shutdown: nothing is written down, the next start recovers.
      const gone = new Promise((resolve) => server.child.once('exit', resolve))
      server.child.kill('SIGQUIT')
      await gone
      server = await startEmbedded(dataDir, { settings })
    },
    stop: async () => {
      await client.end()
      await server.stop()
    },
  }
}
