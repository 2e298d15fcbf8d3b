import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { captureSnapshot } from '../capture-snapshot.ts'
import { LeaseLost, type LeaseTimes } from '../lease.ts'
import { pruneSnapshots } from '../prune-snapshots.ts'
import { recoverSnapshots } from '../recover-snapshots.ts'
import { executeRun } from '../run/execute-run.ts'
import type { Order } from './kill-sweep-worker.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from './portal-world.ts'

export const operations = ['capturePhysical', 'captureOnline', 'crmInPlace', 'fullInPlace', 'fullSwap', 'undo', 'prune'] as const
export type Operation = (typeof operations)[number]

/** What one kill came to; `wrong` names everything that should not be, and is empty. */
export type Round = {
  operation: Operation
  boundary: string
  how: Order['how']
  /** What the portal was right after the kill; `barred`: it took no connections, until the next worker lifted the bar. */
  portalWas: 'old' | 'new' | 'barred' | 'neither'
  /** From the kill until another worker had the portal's lease and was at work. */
  takenOverMs: number
  finishedMs: number
  wrong: string[]
}

export type Ground = {
  db: Db
  databaseUrl: string
  adminUrl: string
  leaseTimes: LeaseTimes
  /** Kills the server under everybody and starts it again at the same address. */
  crashServer: () => Promise<void>
}

type Staged = {
  task: Order['task']
  /** Fingerprint of the portal before, and of what it is to be afterwards (the part that is known). */
  old: string
  isNew: () => Promise<boolean>
  /** What the next worker does until it is done. */
  goOn: () => Promise<'busy' | 'done'>
  check: () => Promise<string[]>
}

const both = ['crm', 'intranet']

/** What an online capture has to bring up to date; may be lived through many times. */
const dayOfWorkSql = `
  update crm.deals set amount = amount + 1 where id % 50 = 0;
  delete from crm.notes where ctid in (select ctid from crm.notes limit 5);
  insert into crm.notes values (1, 'another day');`

/** One portal for many rounds of one operation. */
export async function makeGround(ground: Ground, operation: Operation) {
  const world = await makePortalWorld(ground.db, ground.adminUrl)
  const kept = operation === 'capturePhysical' ? null : await world.capture()
  const crmThen = await world.contents(['crm'])
  return {
    world,
    /** The boundaries that the operation passes when nobody kills it, in order. */
    rehearse: async () => (await playRound(ground, world, operation, await stage(), null, 'self')).boundaries,
    round: async (dieAt: NonNullable<Order['dieAt']>, how: Order['how']) =>
      (await playRound(ground, world, operation, await stage(), dieAt, how)).round,
    drop: () => world.drop(),
  }

  async function stage(): Promise<Staged> {
    if (operation === 'prune') return stagePrune(ground, world)
    if (operation === 'capturePhysical' || operation === 'captureOnline') return stageCapture(ground, world, operation)
    return stageRun(ground, world, operation, kept?.id ?? '', crmThen)
  }
}

async function stageCapture(ground: Ground, world: PortalWorld, operation: Operation): Promise<Staged> {
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

async function stagePrune(ground: Ground, world: PortalWorld): Promise<Staged> {
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

async function stageRun(
  ground: Ground,
  world: PortalWorld,
  operation: Operation,
  snapshotId: string,
  crmThen: string,
): Promise<Staged> {
  await change(world, incidentSql)
  if (operation === 'fullSwap') await change(world, 'alter table crm.notes add column moved int')
  const before = await world.contents(both)
  let runId = await world.run(
    await world.preview(snapshotId, operation === 'fullInPlace' || operation === 'fullSwap' ? 'full' : 'crm'),
  )
  let isNew = async () => (await world.contents(['crm'])) === crmThen && (await dangling(world)) === 0
  let old = before
  const work = () => world.work({ workerId: 'next', leaseTimes: ground.leaseTimes })
  const goOn = async () => ((await executeRun(ground.db, runId, work())).done ? 'done' : 'busy')
  if (operation === 'undo') {
    await workUntilDone(goOn, 'the restore to be undone')
    old = await world.contents(both)
    const { safetySnapshotId, state, reason } = await world.readRun(runId)
    if (safetySnapshotId === null) throw new Error(`there is nothing to undo: the restore before it is ${state}: ${reason}`)
    runId = await world.run(await world.preview(safetySnapshotId, 'crm', 'undo'), 'undo', runId)
    isNew = async () => (await world.contents(both)) === before
  }
  return {
    task: { kind: 'run', runId, journalRoot: world.journalRoot, files: world.work().files },
    old,
    isNew,
    goOn,
    check: async () => {
      const run = await world.readRun(runId)
      const wrong: string[] = []
      if (run.state !== 'succeeded') wrong.push(`run is ${run.state}: ${run.reason}`)
      if (run.reportedAt === null) wrong.push('the outcome was not told')
      if (!(await isNew())) wrong.push('the portal is not what it was to be')
      const safety = run.safetySnapshotId === null ? null : await world.readSnapshot(run.safetySnapshotId)
      if (safety?.state !== 'ready') wrong.push('there is no safety copy')
      return wrong
    },
  }
}

async function playRound(
  ground: Ground,
  world: PortalWorld,
  operation: Operation,
  staged: Staged,
  dieAt: Order['dieAt'],
  how: Order['how'],
): Promise<{ boundaries: string[]; round: Round }> {
  const { databaseUrl, leaseTimes } = ground
  const child = await playChild({ databaseUrl, task: staged.task, leaseTimes, dieAt, how }, ground.crashServer)
  const killedAt = performance.now()
  const lastExpiry = new Date(Date.now() + leaseTimes.expiryMs)
  const wrong: string[] = []
  const portalWas = await judgePortal(world, staged, wrong)
  const lastBusyAt = await workUntilDone(staged.goOn, `${operation} at ${dieAt?.boundary}`)
  const takenOverMs = lastBusyAt === null ? 0 : Math.round(lastBusyAt - killedAt)
  const finishedMs = Math.round(performance.now() - killedAt)
  wrong.push(...(await staged.check()), ...(await world.leftovers()), ...(await lockedOrLeased(ground, world, lastExpiry)))
  await forgetSnapshots(ground, world, sql`${snapshots.label} = 'safety' and ${snapshots.state} = 'ready'`)
  // A boundary that was not met this time (a table fewer to compare) killed nobody; the round still counts as one that went well.
  const boundary = child.died ? (dieAt?.boundary ?? '') : 'nobody was killed'
  return { boundaries: child.boundaries, round: { operation, boundary, how, portalWas, takenOverMs, finishedMs, wrong } }
}

/**
 * Tries until nobody is in the way: a dead worker's lease outlives it, also past the end of its run. On a busy machine the next worker
 * may lose so short a lease itself: then it is the one who is taken over from, as in real life. Gives when it was last found busy.
 */
async function workUntilDone(goOn: Staged['goOn'], what: string): Promise<number | null> {
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

const told = z.object({ boundary: z.string(), here: z.boolean() })

/** Runs the worker until it is dead (or done), with its servers killed under it where that is asked for. */
async function playChild(order: Order, crashServer: () => Promise<void>): Promise<{ boundaries: string[]; died: boolean }> {
  const script = new URL('./kill-sweep-worker.ts', import.meta.url).pathname
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const boundaries: string[] = []
  let died = false
  let serverIsBack: Promise<void> = Promise.resolve()
  child.on('message', (message) => {
    const { boundary, here } = told.parse(message)
    boundaries.push(boundary)
    died ||= here
    if (here && order.how === 'server') serverIsBack = crashServer().then(() => void child.send('go on', () => undefined))
  })
  // What it said last may still be under way when it is gone.
  await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  // The worker may not survive its server: postgres.js ends the process when the socket goes before a write (porsager/postgres#1208).
  await serverIsBack
  return { boundaries, died }
}

async function judgePortal(world: PortalWorld, staged: Staged, wrong: string[]): Promise<Round['portalWas']> {
  const now = await world.contents(both)
  if (now === 'barred') return 'barred'
  if (now === staged.old) return 'old'
  if (await staged.isNew()) return 'new'
  wrong.push('I3 the portal was neither old nor new')
  return 'neither'
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

/** Locks and sessions of ours in the portal, and a lease beyond what the dead worker's own could last. */
async function lockedOrLeased(ground: Ground, world: PortalWorld, lastExpiry: Date): Promise<string[]> {
  const ours = await withLive(
    world,
    (client) =>
      client<
        { what: string }[]
      >`select 'session of ours in the portal: ' || application_name || ' ' || coalesce(state, '') as what from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'restore-desk%'
      union all select 'lock ' || mode || ' on ' || relation::regclass from pg_locks where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
         and mode = 'ExclusiveLock' and pid <> pg_backend_pid()`,
  )
  const leased = await scoped(ground.db, 'system', (tx) =>
    tx.execute(
      sql`select holder from portal_leases where portal_id = ${world.portal.id} and holder is not null and expires_at > greatest(clock_timestamp(), ${lastExpiry.toISOString()}::timestamptz)`,
    ),
  )
  const live = await scoped(ground.db, 'system', (tx) =>
    tx
      .select({ id: runs.id })
      .from(runs)
      .where(sql`${runs.portalId} = ${world.portal.id} and ${runs.state} in ('queued', 'running')`),
  )
  return [...ours.map((row) => row.what), ...leased.map(() => 'the lease is held'), ...live.map(() => 'a run is still live')]
}

/** A connection of its own: the portal's sessions end whenever a bar goes up. */
async function withLive<T>(world: PortalWorld, use: (client: postgres.Sql) => Promise<T>): Promise<T> {
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
async function forgetSnapshots(ground: Ground, world: PortalWorld, which: ReturnType<typeof sql>): Promise<void> {
  await scoped(ground.db, 'system', (tx) =>
    tx
      .update(snapshots)
      .set({ completedAt: sql`clock_timestamp() - interval '30 days'` })
      .where(sql`${snapshots.portalId} = ${world.portal.id} and ${snapshots.completedAt} is not null and ${which}`),
  )
  await pruneSnapshots(ground.db, { retentionDays: 7 }, world.work({ workerId: 'tidy', leaseTimes: ground.leaseTimes }))
}
