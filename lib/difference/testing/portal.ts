import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RestoreInPlace, RestoreOutcome } from '../restore.ts'
import { restoreInPlace } from '../restore.ts'
import type { Scope } from '../scope.ts'
import type { Side } from '../side.ts'
import { closeSide, openSide, rows } from '../side.ts'
import { nastyPortal } from './nasty.ts'
import type { TestServer } from './servers.ts'

let counter = 0

/** A portal's database on a test server: loaded, changed, copied and restored the way the desk does it. */
export type Portal = {
  readonly name: string
  readonly url: string
  readonly run: (sql: string) => Promise<Record<string, unknown>[]>
  /** A template copy, as a snapshot is, of the portal or of another copy; gives its address. */
  readonly copy: (template?: string) => Promise<{ name: string; url: string }>
  /** The copy takes the portal's name; gives what bore it, which is a copy from now on. */
  readonly giveWay: (copyName: string) => Promise<{ name: string; url: string }>
  /** Drops the portal and its copies. */
  readonly drop: () => Promise<void>
}

export async function makePortal(server: TestServer, sql: string): Promise<Portal> {
  const name = `portal_${process.pid}_${++counter}`
  await server.query('postgres', `CREATE DATABASE ${name} TEMPLATE template0`)
  let made = [name]
  const run = (text: string) => server.query(name, text)
  if (sql !== '') await run(sql)
  const copy = async (template = name) => {
    const copyName = `rd_${process.pid}_${++counter}`
    await server.query('postgres', `CREATE DATABASE ${copyName} TEMPLATE ${template} STRATEGY file_copy`)
    made.push(copyName)
    return { name: copyName, url: server.url(copyName) }
  }
  const giveWay = async (copyName: string) => {
    const kept = `rd_${process.pid}_${++counter}`
    await server.query('postgres', `ALTER DATABASE ${name} RENAME TO ${kept}; ALTER DATABASE ${copyName} RENAME TO ${name}`)
    made = [...made.filter((one) => one !== copyName), kept]
    return { name: kept, url: server.url(kept) }
  }
  const drop = async () => {
    for (const database of made) await server.query('postgres', `DROP DATABASE ${database} WITH (FORCE)`)
  }
  return { name, url: server.url(name), run, copy, giveWay, drop }
}

export async function loadNasty(server: TestServer): Promise<Portal> {
  const portal = await makePortal(server, '')
  await portal.run(nastyPortal.replaceAll(':db', portal.name))
  return portal
}

/** Opens both sides for the length of `work`. */
export async function withSides<T>(
  liveUrl: string,
  snapshotUrl: string,
  work: (live: Side, snapshot: Side) => Promise<T>,
): Promise<T> {
  const live = await openSide({ connectionString: liveUrl, applicationName: 'engine-test' })
  try {
    const snapshot = await openSide({ connectionString: snapshotUrl, applicationName: 'engine-test' })
    try {
      return await work(live, snapshot)
    } finally {
      await closeSide(snapshot)
    }
  } finally {
    await closeSide(live)
  }
}

/** With a connection on which the server's log can be read, where its version can tell what the engine asks of it. */
export async function withLog<T>(
  liveUrl: string,
  snapshotUrl: string,
  work: (live: Side, snapshot: Side, wal: Side) => Promise<T>,
): Promise<T> {
  const url = new URL(liveUrl)
  url.pathname = '/postgres'
  const wal = await openSide({ connectionString: url.href, applicationName: 'engine-test' })
  try {
    return await withSides(liveUrl, snapshotUrl, (live, snapshot) => work(live, snapshot, wal))
  } finally {
    await closeSide(wal)
  }
}

/** A restore that everybody agrees to, with what the test cares about changed. Its journal is gone with it, unless the test gave a place. */
export async function restore(
  liveUrl: string,
  snapshotUrl: string,
  scope: Scope,
  change: Partial<RestoreInPlace> = {},
): Promise<RestoreOutcome> {
  const directory = mkdtempSync(join(tmpdir(), 'engine-restore-'))
  try {
    return await withLog(liveUrl, snapshotUrl, (live, snapshot, wal) =>
      restoreInPlace({
        live,
        snapshot,
        wal,
        scope,
        consented: null,
        toleranceRows: 0,
        edges: { byEdge: {}, otherwise: 'null' },
        journalDirectory: directory,
        lockTimeoutMs: 1000,
        maxLockMs: 30_000,
        onTransaction: async () => undefined,
        mayCommit: async () => true,
        ...change,
      }),
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Every row of every table as text, and every sequence: what "exactly as before" is judged by, without the engine's own code. */
export async function contentsOf(url: string): Promise<Record<string, string[]>> {
  const side = await openSide({ connectionString: url, applicationName: 'engine-test' })
  try {
    const tables = await rows<{ name: string; kind: string }>(
      side,
      `SELECT c.oid::regclass::text AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'S') AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
    )
    const contents: Record<string, string[]> = {}
    for (const { name, kind } of tables) {
      const columns = kind === 'S' ? 'last_value, is_called' : 't.*'
      const found = await rows<{ row: string }>(
        side,
        `SELECT md5(ROW(${columns})::text) || left(ROW(${columns})::text, 200) AS row FROM ONLY ${name} AS t`,
      )
      contents[name] = found.map(({ row }) => row).sort()
    }
    return contents
  } finally {
    await closeSide(side)
  }
}

/** Without sequences, which never go back. */
export function rowsOnly(contents: Record<string, string[]>, sequences: RegExp = /seq/): Record<string, string[]> {
  return Object.fromEntries(Object.entries(contents).filter(([name]) => !sequences.test(name)))
}
