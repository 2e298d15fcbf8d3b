import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { deleteCluster, type Embedded, startEmbedded } from '../embedded.ts'
import { migrateDatabase } from '../migrate.ts'
import { TEMPLATE } from './databases.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The owner's addresses of this run's servers, one for each file that runs at the same time. */
    serverUrls: string[]
  }
}

const root = new URL('../../.data/test', import.meta.url).pathname

/**
 * One server for each worker of the run, so that files which run at the same time never see each other's portals, copies and locks,
 * with one migrated template on each; `cloneDatabase()` copies it for each file. All are gone when the run ends, and so is its temp folder.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  forgetKilledRuns()
  const { maxWorkers } = project.globalConfig
  const dataDirs = Array.from({ length: maxWorkers }, (_, index) => join(root, String(process.pid), String(index)))
  const servers = await Promise.all(dataDirs.map(startWithTemplate))
  project.provide(
    'serverUrls',
    servers.map(({ url }) => url),
  )
  const temp = ownTempFolder()
  return async () => {
    rmSync(temp, { recursive: true, force: true })
    await Promise.all(servers.map((server) => server.stop()))
    forget(join(root, String(process.pid)))
  }
}

/** The run's own place for what tests put on disk, inherited by its workers. A server that root starts as another user reaches it too. */
function ownTempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'restore-desk-test-'))
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  return folder
}

async function startWithTemplate(dataDir: string): Promise<Embedded> {
  mkdirSync(dataDir, { recursive: true })
  // Portals may hold prepared transactions and replication slots (S104), so this server can.
  const server = await startEmbedded(dataDir, {
    settings: { max_prepared_transactions: '8', wal_level: 'logical', fsync: 'off' },
  })
  const admin = postgres(server.url, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${TEMPLATE}`)
  await admin.end()
  const template = new URL(server.url)
  template.pathname = `/${TEMPLATE}`
  await migrateDatabase(template.href)
  return server
}

/** A run that was killed could not delete its clusters; its folder bears its process id. */
function forgetKilledRuns(): void {
  mkdirSync(root, { recursive: true })
  for (const name of readdirSync(root)) {
    try {
      process.kill(Number(name), 0)
    } catch {
      // No process of that number: its run is over.
      forget(join(root, name))
    }
  }
}

function forget(folder: string): void {
  for (const name of readdirSync(folder)) deleteCluster(join(folder, name))
  rmSync(folder, { recursive: true, force: true })
}
