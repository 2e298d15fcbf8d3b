import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { startCluster } from '#lib/snapshots/adapters/postgres/testing/cluster.ts'
import { findPrograms, type Programs } from '#lib/snapshots/adapters/restic/programs.ts'
import { type Spread, spread } from './figures.ts'
import { benchSwap, prepare, twoCopies } from './measure.ts'

const versions = [180_000, 170_000, 160_000, 150_000]

/**
 * A swap's preparation beside `pg_dump | pg_restore` of the same portal, on the newest PostgreSQL of this machine that has its own programs: the embedded
 * one comes without them.
 */
export async function benchPrograms(rows: number, moved: number, folder: string): Promise<Record<string, Spread | string>> {
  const programs = await newestPrograms()
  if (!programs) return { 'pg_dump | pg_restore': 'not measured: no PostgreSQL of this machine has them' }
  const server = await startCluster(dirname(programs.dump))
  try {
    const bench = await prepare(server.url, rows)
    const copies = await twoCopies(bench)
    const { preparedMs } = await benchSwap(bench, copies, moved, folder)
    const dumpedMs = await dumpAndRestore(server.url, bench.ownerUrl, programs)
    const on = `on PostgreSQL ${programs.version}`
    return {
      [`all preparation ${on}, ms`]: spread([preparedMs]),
      [`pg_dump | pg_restore ${on}, ms`]: spread([dumpedMs]),
      'all preparation, of pg_dump | pg_restore': `${(preparedMs / dumpedMs).toFixed(2)}×`,
    }
  } finally {
    await server.stop()
  }
}

async function newestPrograms(): Promise<Programs | null> {
  for (const version of versions) {
    const found = await findPrograms(version)
    if (found.ok && existsSync(join(dirname(found.programs.dump), 'initdb'))) return found.programs
  }
  return null
}

async function dumpAndRestore(adminUrl: string, portalUrl: string, programs: Programs): Promise<number> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  await sql.unsafe('create database bench_loaded template template0')
  await sql.end()
  const target = new URL(adminUrl)
  target.pathname = '/bench_loaded'
  const began = performance.now()
  const dump = spawn(programs.dump, ['--format=custom', '--compress=0', `--dbname=${portalUrl}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const load = spawn(programs.restore, [`--dbname=${target.href}`], { stdio: [dump.stdout, 'inherit', 'inherit'] })
  await Promise.all([ended(dump), ended(load)])
  return performance.now() - began
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}`))))
  })
}
