import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { buildPortal } from '#db/seed/portals/build-portal.ts'
import { demoPortals } from '#db/seed/portals/portals.ts'
import { postgresAdapter } from '#lib/snapshots/adapters/postgres/adapter.ts'
import type {
  Boundary,
  Call,
  CompareRequest,
  Manifest,
  PortalRef,
  RebaselineRequest,
  RestoreRequest,
  SnapshotRef,
} from '#lib/snapshots/port.ts'
import { type Noticed, startTraffic } from './traffic.ts'

export type Bench = { portal: PortalRef; portalUrl: string; ownerUrl: string; rows: number }

export async function prepare(adminUrl: string, rows: number, databaseName = 'bench_portal'): Promise<Bench> {
  const portal = demoPortals.find((one) => one.externalId === 'acme')
  if (!portal) throw new Error('the demo has no portal acme')
  const names = { databaseName, role: 'bench_user', password: 'bench' }
  const built = await buildPortal({ adminUrl, portal, rows, now: new Date(), capture: async () => undefined, ...names })
  const ownerUrl = new URL(adminUrl)
  ownerUrl.pathname = `/${names.databaseName}`
  const portalUrl = new URL(ownerUrl)
  portalUrl.username = names.role
  portalUrl.password = names.password
  const ref = {
    id: crypto.randomUUID(),
    adminUrl,
    databaseName: names.databaseName,
    scopePatterns: { schemas: ['crm'], tables: [] },
  }
  return { portal: ref, portalUrl: portalUrl.href, ownerUrl: ownerUrl.href, rows: built.rows }
}

export async function benchCapture(bench: Bench) {
  const first = await capture(bench, null)
  const traffic = startTraffic(bench.portalUrl)
  const later = await capture(bench, first.snapshot)
  const noticed = await traffic.stop()
  return {
    snapshot: later.snapshot,
    manifest: later.manifest,
    safety: first.snapshot,
    firstMs: first.captureMs,
    firstEnded: first.sessionsEnded,
    laterMs: later.captureMs,
    laterEnded: later.sessionsEnded,
    failed: noticed.failedReads + noticed.failedWrites,
  }
}

/** Both as the portal is now. */
export async function twoCopies(bench: Bench): Promise<Copies> {
  const { snapshot, manifest } = await capture(bench, null)
  return { snapshot, manifest, safety: (await capture(bench, null)).snapshot }
}

async function capture({ portal }: Bench, previous: SnapshotRef | null) {
  const request = {
    portal,
    snapshotId: crypto.randomUUID(),
    purpose: 'snapshot',
    previous,
    mayBar: 'when_needed',
    barTimeoutMs: 10_000,
  } as const
  const captured = await postgresAdapter.capture(request, call())
  if (!captured.ok) throw new Error(`capture refused: ${captured.refusal.code}`)
  // As the desk does it: what makes comparisons cheap is kept with the snapshot and handed back.
  return { ...captured, snapshot: { ...captured.snapshot, baseline: captured.baseline } }
}

type Run = { saidMs: number; noticed: Noticed }
/** What happens beside the portal, before anybody is kept out. */
export type SwapRun = Run & { copiedMs: number; preparedMs: number }

/** The safety copy is not taken again for each run: what a capture costs is measured by itself. */
export type Copies = { snapshot: SnapshotRef; manifest: Manifest; safety: SnapshotRef }

/** Deletes, changes and adds rows of the CRM, half of them deletions, then puts the CRM back under traffic. */
export async function benchInPlace(bench: Bench, copies: Copies, moved: number, folder: string): Promise<Run> {
  await disturb(bench, moved)
  const { writePauseMs, noticed } = await restoreUnderTraffic(bench, copies, 'in_place', 'crm', folder)
  return { saidMs: writePauseMs, noticed }
}

export async function benchSwap(bench: Bench, copies: Copies, moved: number, folder: string): Promise<SwapRun> {
  await disturb(bench, moved)
  const { offlineMs, noticed, at, trace } = await restoreUnderTraffic(bench, copies, 'swap', 'full', folder)
  if (trace?.way === 'swap') await keepBaseline(bench, copies, trace)
  const between = (from: Boundary, to: Boundary) => (at.get(to) ?? Number.NaN) - (at.get(from) ?? Number.NaN)
  return {
    saidMs: offlineMs,
    noticed,
    copiedMs: between('swap.clone', 'swap.cloned'),
    preparedMs: between('swap.check', 'swap.bar'),
  }
}

/** As the desk does it: after a swap what is kept of the snapshot is made to speak of the portal's new database. */
async function keepBaseline({ portal }: Bench, copies: Copies, trace: RebaselineRequest['trace']): Promise<void> {
  const { snapshot, manifest } = copies
  const baseline = await postgresAdapter.rebaseline?.({ portal, trace, restored: snapshot, snapshot, manifest })
  if (baseline) copies.snapshot = { ...snapshot, baseline }
}

async function disturb({ ownerUrl }: Bench, moved: number): Promise<void> {
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => undefined, connection: { session_replication_role: 'replica' } })
  const part = Math.floor(moved / 4)
  await sql`delete from crm.activities where id in (select id from crm.activities order by id limit ${part * 2})`
  await sql`update crm.contacts set phone = 'changed' where id in (select id from crm.contacts order by id limit ${part})`
  await sql`insert into crm.leads (full_name, source, created_by) select 'Newer ' || g, 'bench', 'bench' from generate_series(1, ${part}) g`
  await sql.end()
}

async function restoreUnderTraffic(
  bench: Bench,
  { snapshot, safety }: Copies,
  way: 'in_place' | 'swap',
  scope: 'crm' | 'full',
  folder: string,
) {
  const { portal } = bench
  const edgeHandling = { '*': 'null' } as const
  const request: CompareRequest = { portal, snapshot, scope, columns: [], examplesPerTable: 0, edgeHandling }
  const { digest, wiped } = await postgresAdapter.compare(request)
  const traffic = startTraffic(bench.portalUrl)
  const restore: RestoreRequest = {
    portal,
    snapshot,
    safety,
    scope,
    way,
    edgeHandling,
    // The writer's own rows, and what the portal's triggers write because of them, keep growing what is wiped.
    consented: { digest, wiped, toleranceRows: 1_000_000 },
    journalDirectory: mkdtempSync(join(folder, 'journal-')),
    giveBackFrom: null,
    limits: { lockWaitMs: 10_000, lockHeldMs: 60_000 },
  }
  const at = new Map<Boundary, number>()
  const restored = await postgresAdapter.restore(
    restore,
    call(async (boundary) => {
      at.set(boundary, performance.now())
    }),
  )
  const noticed = await traffic.stop()
  if (!restored.ok) throw new Error(`restore refused: ${restored.refusal.code} ${JSON.stringify(restored.refusal.facts)}`)
  if (restored.replaced) await postgresAdapter.prune(portal, restored.replaced)
  return { writePauseMs: restored.writePauseMs, offlineMs: restored.offlineMs, noticed, at, trace: restored.trace }
}

const call = (observe: Call['observe'] = async () => undefined): Call => ({
  idempotencyKey: crypto.randomUUID(),
  observe,
  signal: new AbortController().signal,
  mayCommit: async () => true,
})

export async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < times; i++) results.push(await work())
  return results
}
