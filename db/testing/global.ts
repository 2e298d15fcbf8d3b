import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { deleteCluster, startEmbedded } from '../embedded.ts'
import { migrateDatabase } from '../migrate.ts'
import { TEMPLATE } from './databases.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The owner's address on the server of this test run. */
    serverUrl: string
  }
}

const root = new URL('../../.data/test', import.meta.url).pathname

/** One server a run and one migrated template; `cloneDatabase()` copies it for each file. Both are gone when the run ends. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  forgetKilledRuns()
  const dataDir = join(root, String(process.pid))
  mkdirSync(dataDir, { recursive: true })
  const server = await startEmbedded(dataDir, { settings: { max_prepared_transactions: '8', wal_level: 'logical' } })
  const admin = postgres(server.url, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${TEMPLATE}`)
  await admin.end()
  const template = new URL(server.url)
  template.pathname = `/${TEMPLATE}`
  await migrateDatabase(template.href)
  project.provide('serverUrl', server.url)
  return async () => {
    await server.stop()
    forget(dataDir)
  }
}

/** A run that was killed could not delete its cluster; its folder bears its process id. */
function forgetKilledRuns(): void {
  mkdirSync(root, { recursive: true })
  for (const name of readdirSync(root)) {
    try {
      process.kill(Number(name), 0)
    } catch {
      forget(join(root, name))
    }
  }
}

function forget(dataDir: string): void {
  deleteCluster(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
}
