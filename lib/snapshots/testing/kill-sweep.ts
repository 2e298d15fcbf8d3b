import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { startFilesPlace } from './kill-files.ts'
import {
  both,
  forgetSnapshots,
  type Ground,
  type Operation,
  type Staged,
  stageCapture,
  stagePrune,
  stageRecords,
  stageRun,
  withLive,
  workUntilDone,
} from './kill-stages.ts'
import type { Order } from './kill-sweep-worker.ts'
import { makePortalWorld, type PortalWorld } from './portal-world.ts'

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

/** One portal for many rounds of one operation. */
export async function makeGround(ground: Ground, operation: Operation) {
  const files = operation === 'fullWithFiles' ? await startFilesPlace() : null
  const world = await makePortalWorld(ground.db, files?.adminUrl ?? ground.adminUrl)
  await files?.moveIn(ground.db, world)
  const kept = operation === 'capturePhysical' ? null : await world.capture()
  const crmThen = await world.contents(['crm'])
  return {
    world,
    /** The boundaries that the operation passes when nobody kills it, in order. */
    rehearse: async () => (await playRound(ground, world, operation, await stage(), null, 'self')).boundaries,
    round: async (dieAt: NonNullable<Order['dieAt']>, how: Order['how']) =>
      (await playRound(ground, world, operation, await stage(), dieAt, how)).round,
    drop: async () => {
      await world.drop()
      await files?.stop()
    },
  }

  async function stage(): Promise<Staged> {
    if (operation === 'prune') return stagePrune(ground, world)
    if (operation === 'capturePhysical' || operation === 'captureOnline') return stageCapture(ground, world, operation)
    if (operation === 'putBack' || operation === 'extract') return stageRecords(ground, world, operation, kept?.id ?? '')
    return stageRun(ground, world, operation, kept?.id ?? '', crmThen, files)
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
  wrong.push(...(staged.judge?.() ?? []))
  const lastBusyAt = await workUntilDone(staged.goOn, `${operation} at ${dieAt?.boundary}`)
  const takenOverMs = lastBusyAt === null ? 0 : Math.round(lastBusyAt - killedAt)
  const finishedMs = Math.round(performance.now() - killedAt)
  wrong.push(...(await staged.check()), ...(await world.leftovers()), ...(await lockedOrLeased(ground, world, lastExpiry)))
  await forgetSnapshots(ground, world, sql`${snapshots.label} = 'safety' and ${snapshots.state} = 'ready'`)
  // A boundary that was not met this time (a table fewer to compare) killed nobody; the round still counts as one that went well.
  const boundary = child.died ? (dieAt?.boundary ?? '') : 'nobody was killed'
  return { boundaries: child.boundaries, round: { operation, boundary, how, portalWas, takenOverMs, finishedMs, wrong } }
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
