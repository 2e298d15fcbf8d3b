import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import type { Db } from '#db/client.ts'
import { policyVersions, previews, runs, type SnapshotLabel, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { makePortal, makeTicketRow } from '#db/testing/factories.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import { captureSnapshot } from '../capture-snapshot.ts'
import { computePreview } from '../compute-preview.ts'
import type { LeaseTimes } from '../lease.ts'
import { requestPreview } from '../request-preview.ts'
import { createRun } from '../run/create-run.ts'
import { reportRun } from '../run/report-run.ts'
import type { RunWork } from '../run/run-context.ts'
import type { SelectedRecords, Selection } from '../selection.ts'

/** A small CRM beside a small intranet that points into it. */
const portalSql = `
  create schema crm; create schema intranet;
  create table crm.companies (id int primary key, name text not null);
  create table crm.deals (id int generated always as identity primary key, company_id int references crm.companies, title text, amount numeric(12,2),
    created_by text, created_at timestamptz not null default now());
  create table crm.notes (deal_id int, body text);
  create table intranet.posts (id serial primary key, deal_id int references crm.deals, body text);
  insert into crm.companies select n, 'Company ' || n from generate_series(1, 200) n;
  insert into crm.deals (company_id, title, amount, created_by, created_at)
    select 1 + n % 200, 'Deal ' || n, n * 1.25, (array['ola','jan','ewa'])[1 + n % 3], '2026-11-20'::timestamptz + n * interval '1 minute' from generate_series(1, 2000) n;
  insert into crm.notes select 1 + n % 2000, repeat('note ', 10) || n from generate_series(1, 1500) n;
  insert into intranet.posts (deal_id, body) select n, 'About deal ' || n from generate_series(1, 300) n;`

/** What the portal lives through after its snapshot: rows go, rows come, rows change, here and beside. May be lived through again after an undo. */
export const incidentSql = `
  update intranet.posts set deal_id = null where deal_id > 1900;
  delete from crm.notes where deal_id % 10 = 0;
  delete from crm.deals where id > 1900;
  update crm.deals set amount = amount + 1 where id between 500 and 520;
  insert into crm.deals (company_id, title, amount, created_by) select 1 + n % 200, 'Late deal ' || n, 10, 'jan' from generate_series(1, 50) n;
  insert into intranet.posts (deal_id, body) select id, 'About it' from crm.deals where title like 'Late deal%' limit 20;`

/** A lost lease is noticed soon, and no machine is so busy that one is lost by waiting: a test that wants one to run out says so. */
const leaseTimes: LeaseTimes = { expiryMs: 30_000, heartbeatMs: 300 }

export type PortalWorld = Awaited<ReturnType<typeof makePortalWorld>>

/** A portal with a real database on the server at `adminUrl`, known to the desk in `db`. */
export async function makePortalWorld(db: Db, adminUrl: string, policy: Record<string, unknown> = {}) {
  const databaseName = `portal_${crypto.randomUUID().slice(0, 8)}`
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${databaseName} template template0`)
  const url = new URL(adminUrl)
  url.pathname = `/${databaseName}`
  const live = { sql: postgres(url.href, { max: 2, onnotice: () => undefined }) }
  await live.sql.unsafe(portalSql)
  const { portal, owner } = await makePortal(db, { adminUrl, databaseName, crmSchemas: ['crm'], userCount: 7 })
  await scoped(db, 'system', (tx) => tx.insert(policyVersions).values({ version: 1, policy }).onConflictDoNothing())
  const [journalRoot, filesRoot] = [mkdtempSync(join(tmpdir(), 'journals-')), mkdtempSync(join(tmpdir(), 'files-'))]

  const work = (over: Partial<RunWork> = {}): RunWork => ({
    workerId: 'worker-1',
    signal: new AbortController().signal,
    observe: async () => undefined,
    announce: null,
    report: (run) => scoped(db, 'system', (tx) => reportRun(tx, run.id)),
    window: null,
    journalRoot,
    files: { root: filesRoot, secret: 'a secret of the test world, long enough' },
    leaseTimes,
    limits: { pollMs: 20, retryAfterMs: 0, lockWaitMs: 2_000 },
    ...over,
  })
  const capture = async (label: SnapshotLabel = 'manual') => {
    const captured = await captureSnapshot(db, { portalId: portal.id, label }, work())
    if (!captured.ok) throw new Error(`not captured: ${JSON.stringify(captured)}`)
    return captured.snapshot
  }
  const preview = async (
    snapshotId: string,
    scope: Scope = 'crm',
    purpose: 'restore' | 'undo' = 'restore',
    records: SelectedRecords[] = [],
  ) => {
    const selection: Selection | null = records.length === 0 ? null : { kind: 'records', within: 'full', records }
    const input = { portalId: portal.id, snapshotId, scope, purpose, selection, policyVersion: 1, requestedBy: null }
    const asked = await scoped(db, 'system', (tx) => requestPreview(tx, input))
    if (!asked) throw new Error('no such snapshot')
    const computed = await computePreview(db, asked.previewId, new AbortController().signal)
    if (computed?.state !== 'ready')
      throw new Error(`preview is ${JSON.stringify(computed)}: ${await previewError(db, asked.previewId)}`)
    return asked.previewId
  }
  const run = async (previewId: string, kind: 'restore' | 'undo' = 'restore', undoesRunId: string | null = null) => {
    const runId = crypto.randomUUID()
    await scoped(db, 'system', (tx) => createRun(tx, { runId, ticketId: null, kind, previewId, undoesRunId }))
    return runId
  }
  return {
    db,
    adminUrl,
    portal,
    owner,
    databaseName,
    live,
    journalRoot,
    work,
    capture,
    preview,
    run,
    readRun: async (runId: string) => {
      const [row] = await scoped(db, 'system', (tx) => tx.select().from(runs).where(eq(runs.id, runId)))
      if (!row) throw new Error(`no run ${runId}`)
      return row
    },
    readSnapshot: async (id: string) => {
      const [row] = await scoped(db, 'system', (tx) => tx.select().from(snapshots).where(eq(snapshots.id, id)))
      if (!row) throw new Error(`no snapshot ${id}`)
      return row
    },
    /** A ticket to hang holds on. */
    ticket: (snapshotId: string, state = 'closed') =>
      makeTicketRow(db, { portalId: portal.id, requesterId: owner.id }, { snapshotId, state }),
    /** Fingerprint of all rows of these schemas, the same whatever order they lie in; `barred` while nobody can connect. */
    contents: async (schemas: string[]) => {
      const tables = await admin`select 1 from pg_database where datname = ${databaseName}`
      return tables.length === 0 ? 'gone' : contentsOf(url.href, schemas)
    },
    /** What must not be left on the server once nobody works: portals that take no connections, copies nobody knows, open copies. */
    leftovers: () => leftoversOf(db, admin, portal.id, databaseName),
    drop: async () => {
      await live.sql.end()
      for (const { name } of await admin<
        { name: string }[]
      >`select datname as name from pg_database where datname like 'rd\\_%' or datname = ${databaseName}`) {
        await admin.unsafe(`drop database if exists "${name}" with (force)`)
      }
      await admin.end()
      for (const folder of [journalRoot, filesRoot]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function previewError(db: Db, previewId: string): Promise<string> {
  const [row] = await scoped(db, 'system', (tx) =>
    tx.select({ error: previews.error }).from(previews).where(eq(previews.id, previewId)),
  )
  return row?.error ?? ''
}

async function contentsOf(url: string, schemas: string[]): Promise<string> {
  const client = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    const tables = await client<{ name: string }[]>`
      select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname = any(${schemas}) order by 1`
    const sums: string[] = []
    for (const { name } of tables) {
      const [row] = await client.unsafe<{ rows: string; sum: string }[]>(
        `select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as sum from ${name} t`,
      )
      sums.push(`${name} ${row?.rows} ${row?.sum}`)
    }
    return sums.join('\n')
  } catch (cause) {
    if (cause instanceof postgres.PostgresError && cause.code === '55000') return 'barred'
    throw cause
  } finally {
    await client.end()
  }
}

async function leftoversOf(db: Db, admin: postgres.Sql, portalId: string, databaseName: string): Promise<string[]> {
  const known = await scoped(db, 'system', (tx) =>
    tx
      .select({ name: snapshots.databaseName })
      .from(snapshots)
      .where(sql`${snapshots.portalId} = ${portalId} and ${snapshots.state} in ('ready', 'bad')`),
  )
  const databases = await admin<{ name: string; open: boolean; limited: number; ours: boolean }[]>`
    select datname as name, datallowconn as open, datconnlimit as limited, shobj_description(oid, 'pg_database') like ${`%${portalId}%`} as ours
      from pg_database where datname = ${databaseName} or datname like 'rd\\_%'`
  const names = known.map((row) => row.name)
  return databases.flatMap(({ name, open, limited, ours }) => {
    if (name === databaseName) return open && limited === -1 ? [] : [`portal ${name} is barred (${open}, ${limited})`]
    if (names.includes(name)) return open ? [`copy ${name} is open`] : []
    // A copy of another test's portal is not ours to judge; one without a mark is nobody's.
    return ours === false ? [] : [`copy ${name} is left`]
  })
}
