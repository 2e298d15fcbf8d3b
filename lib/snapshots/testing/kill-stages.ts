import { isDeepStrictEqual } from 'node:util'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import type { Db } from '#db/client.ts'
import { extractedFiles, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { captureSnapshot } from '../capture-snapshot.ts'
import { readStored } from '../extract/store-file.ts'
import { LeaseLost, type LeaseTimes } from '../lease.ts'
import { pruneSnapshots } from '../prune-snapshots.ts'
import { recoverSnapshots } from '../recover-snapshots.ts'
import { executeRun } from '../run/execute-run.ts'
import type { FilesPlace } from './kill-files.ts'
import type { Order } from './kill-sweep-worker.ts'
import { incidentSql, type PortalWorld } from './portal-world.ts'

export const operations = [
  'capturePhysical',
  'captureOnline',
  'crmInPlace',
  'fullInPlace',
  'fullSwap',
  'fullWithFiles',
  'undo',
  'putBack',
  'extract',
  'prune',
] as const
export type Operation = (typeof operations)[number]

export type Ground = {
  db: Db
  databaseUrl: string
  adminUrl: string
  leaseTimes: LeaseTimes
  /** Kills the server under everybody and starts it again at the same address. */
  crashServer: () => Promise<void>
}

export type Staged = {
  task: Order['task']
  /** Fingerprint of the portal before, and of what it is to be afterwards (the part that is known). */
  old: string
  isNew: () => Promise<boolean>
  /** What the next worker does until it is done. */
  goOn: () => Promise<'busy' | 'done'>
  check: () => Promise<string[]>
  /** What is wrong right after the kill, beside the portal's rows. */
  judge?: () => string[]
}

export const both = ['crm', 'intranet']

/** What an online capture has to bring up to date; may be lived through many times. */
const dayOfWorkSql = `
  update crm.deals set amount = amount + 1 where id % 50 = 0;
  delete from crm.notes where ctid in (select ctid from crm.notes limit 5);
  insert into crm.notes values (1, 'another day');`

export async function stageCapture(ground: Ground, world: PortalWorld, operation: Operation): Promise<Staged> {
  if (operation === 'capturePhysical') await forgetSnapshots(ground, world, sql`true`)
  else await change(world, dayOfWorkSql)
  const old = await world.contents(both)
  const work = { ...world.work({ workerId: 'next', leaseTimes: ground.leaseTimes }) }
  return {
    task: { kind: 'capture', portalId: world.portal.id },
    old,
    isNew: async () => false,
    goOn: async () => {
      await recoverSnapshots(ground.db, work)
      const made = await captureSnapshot(ground.db, { portalId: world.portal.id, label: 'manual' }, work)
      return made.ok ? 'done' : 'busy'
    },
    check: async () => {
      const rows = await scoped(ground.db, 'system', (tx) =>
        tx.select().from(snapshots).where(eq(snapshots.portalId, world.portal.id)),
      )
      const unclear = rows.filter((row) => row.state === 'capturing' || (row.state === 'failed' && row.reason === null))
      return unclear.map((row) => `snapshot row is ${row.state} without a reason`)
    },
  }
}

export async function stagePrune(ground: Ground, world: PortalWorld): Promise<Staged> {
  const old = await world.contents(both)
  const snapshot = await world.capture()
  await age(ground, snapshot.id)
  const work = { ...world.work({ workerId: 'next', leaseTimes: ground.leaseTimes }) }
  return {
    task: { kind: 'prune', retentionDays: 7 },
    old,
    isNew: async () => false,
    goOn: async () => {
      const done = await pruneSnapshots(ground.db, { retentionDays: 7 }, work)
      const { state } = await world.readSnapshot(snapshot.id)
      return done.busyPortals.length === 0 && state === 'pruned' ? 'done' : 'busy'
    },
    check: async () => [],
  }
}

export async function stageRun(
  ground: Ground,
  world: PortalWorld,
  operation: Operation,
  snapshotId: string,
  crmThen: string,
  files: FilesPlace | null,
): Promise<Staged> {
  await change(world, incidentSql)
  files?.spoil()
  const spoilt = files?.state()
  if (operation === 'fullSwap') await change(world, 'alter table crm.notes add column moved int')
  const before = await world.contents(both)
  const ofWhole: Operation[] = ['fullInPlace', 'fullSwap', 'fullWithFiles']
  let runId = await world.run(await world.preview(snapshotId, ofWhole.includes(operation) ? 'full' : 'crm'))
  let isNew = async () => (await world.contents(['crm'])) === crmThen && (await dangling(world)) === 0
  let old = before
  const goOn = () => goOnWith(ground, world, runId)
  if (operation === 'undo') {
    await workUntilDone(goOn, 'the restore to be undone')
    old = await world.contents(both)
    const { safetySnapshotId, state, reason } = await world.readRun(runId)
    if (safetySnapshotId === null) throw new Error(`there is nothing to undo: the restore before it is ${state}: ${reason}`)
    runId = await world.run(await world.preview(safetySnapshotId, 'crm', 'undo'), 'undo', runId)
    isNew = async () => (await world.contents(both)) === before
  }
  return {
    task: taskOf(world, runId),
    old,
    isNew,
    goOn,
    check: async () => [
      ...(await checkRun(world, runId)),
      ...(await checkRestored(world, runId, isNew)),
      ...(isDeepStrictEqual(files?.state(), files?.kept) ? [] : ['the files are not what they were to be']),
    ],
    judge: () => {
      const now = files?.state()
      const isWhole = [spoilt, files?.kept].some((state) => isDeepStrictEqual(state, now))
      return isWhole ? [] : ['I3 the files were neither old nor new']
    },
  }
}

/** Ten records, which were deleted by hand: to be put back, or written to files while they stay away. */
export async function stageRecords(
  ground: Ground,
  world: PortalWorld,
  operation: 'putBack' | 'extract',
  snapshotId: string,
): Promise<Staged> {
  const whole = await world.contents(both)
  const ids = Array.from({ length: 10 }, (_, at) => `${1001 + at}`)
  await change(world, `delete from crm.deals where id in (${ids.join(', ')})`)
  const records = [{ schema: 'crm', table: 'deals', columns: ['id'], keys: ids.map((id) => [id]) }]
  const scope = operation === 'putBack' ? 'put_back' : 'extract'
  const runId = await world.run(await world.preview(snapshotId, scope, 'restore', records))
  const isNew = async () => operation === 'putBack' && (await world.contents(both)) === whole
  return {
    task: taskOf(world, runId),
    old: await world.contents(both),
    isNew,
    goOn: () => goOnWith(ground, world, runId),
    check: async () => [
      ...(await checkRun(world, runId)),
      ...(operation === 'putBack' ? await checkRestored(world, runId, isNew) : await checkFiles(ground, world, runId)),
    ],
  }
}

function taskOf(world: PortalWorld, runId: string): Staged['task'] {
  return { kind: 'run', runId, journalRoot: world.journalRoot, files: world.work().files }
}

async function goOnWith(ground: Ground, world: PortalWorld, runId: string): Promise<'busy' | 'done'> {
  const work = world.work({ workerId: 'next', leaseTimes: ground.leaseTimes })
  return (await executeRun(ground.db, runId, work)).done ? 'done' : 'busy'
}

async function checkRun(world: PortalWorld, runId: string): Promise<string[]> {
  const { state, reason, reportedAt } = await world.readRun(runId)
  return [
    ...(state === 'succeeded' ? [] : [`run is ${state}: ${reason}`]),
    ...(reportedAt === null ? ['the outcome was not told'] : []),
  ]
}

async function checkRestored(world: PortalWorld, runId: string, isNew: Staged['isNew']): Promise<string[]> {
  const { safetySnapshotId } = await world.readRun(runId)
  const safety = safetySnapshotId === null ? null : await world.readSnapshot(safetySnapshotId)
  return [
    ...((await isNew()) ? [] : ['the portal is not what it was to be']),
    ...(safety?.state === 'ready' ? [] : ['there is no safety copy']),
  ]
}

/** One archive, which opens; whatever else was begun is no file of anybody's and is swept. The records go back where they were, for the next round. */
async function checkFiles(ground: Ground, world: PortalWorld, runId: string): Promise<string[]> {
  const files = await scoped(ground.db, 'system', (tx) => tx.select().from(extractedFiles).where(eq(extractedFiles.runId, runId)))
  const wrong = files.length === 1 ? [] : [`${files.length} archives are on record`]
  for (const { storedAs, bytes } of files) {
    let read = 0
    for await (const piece of readStored(world.work().files, storedAs)) read += piece.length
    if (read !== bytes) wrong.push(`the archive has ${read} bytes, not ${bytes}`)
  }
  await change(
    world,
    `insert into crm.deals (id, company_id, title, amount, created_by, created_at) overriding system value
     select n, 1 + n % 200, 'Deal ' || n, n * 1.25, (array['ola','jan','ewa'])[1 + n % 3], '2026-11-20'::timestamptz + n * interval '1 minute'
       from generate_series(1001, 1010) n`,
  )
  return wrong
}

/**
 * Tries until nobody is in the way: a dead worker's lease outlives it, also past the end of its run. On a busy machine the next worker
 * may lose so short a lease itself: then it is the one who is taken over from, as in real life. Gives when it was last found busy.
 */
export async function workUntilDone(goOn: Staged['goOn'], what: string): Promise<number | null> {
  const began = performance.now()
  let lastBusyAt: number | null = null
  while ((await goOnOnce(goOn)) === 'busy') {
    lastBusyAt = performance.now()
    if (lastBusyAt - began > 60_000) throw new Error(`${what}: not taken over within 60 s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return lastBusyAt
}

async function goOnOnce(goOn: Staged['goOn']): Promise<'busy' | 'done'> {
  try {
    return await goOn()
  } catch (cause) {
    if (cause instanceof LeaseLost) return 'busy'
    throw cause
  }
}

async function dangling(world: PortalWorld): Promise<number> {
  const [row] = await withLive(
    world,
    (client) =>
      client<{ rows: number }[]>`select count(*)::int as rows from intranet.posts p where p.deal_id is not null
      and not exists (select from crm.deals d where d.id = p.deal_id)`,
  )
  return row?.rows ?? 0
}

/** A connection of its own: the portal's sessions end whenever a bar goes up. */
export async function withLive<T>(world: PortalWorld, use: (client: postgres.Sql) => Promise<T>): Promise<T> {
  const url = new URL(world.adminUrl)
  url.pathname = `/${world.databaseName}`
  const client = postgres(url.href, { max: 1, onnotice: () => undefined })
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

async function change(world: PortalWorld, statements: string): Promise<void> {
  await withLive(world, (client) => client.unsafe(statements))
}

async function age(ground: Ground, snapshotId: string): Promise<void> {
  await scoped(ground.db, 'system', (tx) =>
    tx
      .update(snapshots)
      .set({ completedAt: sql`${snapshots.completedAt} - interval '30 days'` })
      .where(eq(snapshots.id, snapshotId)),
  )
}

/** Copies of earlier rounds go by the ordinary way, so that hundreds of rounds fit on a disk. */
export async function forgetSnapshots(ground: Ground, world: PortalWorld, which: ReturnType<typeof sql>): Promise<void> {
  await scoped(ground.db, 'system', (tx) =>
    tx
      .update(snapshots)
      .set({ completedAt: sql`clock_timestamp() - interval '30 days'` })
      .where(sql`${snapshots.portalId} = ${world.portal.id} and ${snapshots.completedAt} is not null and ${which}`),
  )
  await pruneSnapshots(ground.db, { retentionDays: 7 }, world.work({ workerId: 'tidy', leaseTimes: ground.leaseTimes }))
}
