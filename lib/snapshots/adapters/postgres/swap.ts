import type pg from 'pg'
import { isConnectionLoss } from '#lib/difference/side.ts'
import type { Call, Outcome, Restored, RestoreRequest, SnapshotRef } from '../../port.ts'
import { openStatement, untilGone, withBar } from './bar.ts'
import { compareForRestore } from './compare-for-restore.ts'
import { backendPid, connect, quoteName, quoteText, withClient } from './connect.ts'
import { type Marker, markStatement, readDatabase } from './marker.ts'
import { copyName } from './names.ts'
import { readProperties, sameProperties, sealStatements } from './properties.ts'
import { dropCopy } from './prune.ts'
import { findSwapRefusal, growthUnderWay, readWrites } from './swap-checks.ts'
import { type Clone, prepareClone } from './swap-clone.ts'
import { startWork } from './work-lock.ts'

/**
 * A full restore by two renames in one transaction. All that takes time happens beside the live portal: the clone, its check, what is protected, its
 * rights and settings. Then sessions are barred and ended for as long as it takes to carry what was protected since, and to rename. The replaced database is kept, sealed, as a safety copy that
 * holds the last instant before the swap. A crash leaves either database under the portal's name, and the oids tell which (S50).
 */
export async function restoreBySwap(request: RestoreRequest, call: Call): Promise<Outcome<Restored>> {
  const { portal, scope } = request
  if (scope !== 'full') return { ok: false, refusal: { code: 'swap_needs_full', facts: {} } }
  return withClient(portal.adminUrl, undefined, async (admin) => {
    const cloneName = copyName(portal.id, `${call.idempotencyKey}:clone`)
    await startWork(admin, [portal.databaseName, cloneName])
    await call.observe('swap.check')
    const refusal = await findSwapRefusal(admin, request)
    if (refusal) return { ok: false, refusal }
    try {
      const clone = await prepareClone(admin, request, call, cloneName)
      if (!clone.ok) {
        await dropCopy(portal.adminUrl, cloneName)
        return clone
      }
      const swapped = await compareAndSwap(admin, request, call, clone.clone).finally(() => clone.clone.carrier.close())
      if (!swapped.ok) await dropCopy(portal.adminUrl, cloneName)
      return swapped
    } catch (error) {
      // Once the renames are committed no database bears the clone's name any more, and this drops nothing.
      await dropCopy(portal.adminUrl, cloneName)
      throw error
    }
  })
}

async function compareAndSwap(admin: pg.Client, request: RestoreRequest, call: Call, clone: Clone): Promise<Outcome<Restored>> {
  const { portal, limits } = request
  const watcher = await connect(portal.adminUrl, portal.databaseName)
  try {
    await call.observe('swap.compare')
    const before = await readWrites(watcher, clone.carrier.untouched)
    const compared = await compareForRestore(request, call)
    if (!compared.ok) return compared
    const nearly = await doBeforehand(watcher, admin, request, clone)
    if (!nearly.ok) return nearly
    await call.observe('swap.bar', { databaseName: portal.databaseName })
    const ours = [await backendPid(watcher), ...clone.carrier.pids]
    const options = { timeoutMs: limits.lockWaitMs, signal: call.signal, spare: ours }
    const swapped = await withBar<Restored>(portal.adminUrl, admin, portal.databaseName, options, async (barred) => {
      await call.observe('swap.barred', { sessionsEnded: barred.sessionsEnded })
      const grown = growthUnderWay(request, compared.grownRows, before, await readWrites(watcher, clone.carrier.untouched))
      if (grown) return { ok: false, refusal: grown }
      const carried = await clone.carrier.carry()
      if (!carried.ok) return carried
      await Promise.all([watcher.end(), clone.carrier.close()])
      await untilGone(admin, ours)
      const renamed = await rename(admin, request, call, clone)
      if (!renamed.ok) return renamed
      const { total, tables } = compared
      return {
        ok: true,
        ...emptyReport,
        trace: renamed.trace,
        replaced: renamed.replaced,
        total,
        tables,
        edges: carried.edges,
        offlineMs: barred.barredMs(),
      }
    })
    if (!swapped.ok) return swapped
    await call.observe('swap.committed', { offlineMs: swapped.offlineMs })
    await call.observe('swap.release')
    return swapped
  } finally {
    await watcher.end()
  }
}

/**
 * What is done under the bar is done beside the portal first: a comparison takes minutes where a portal is large, so much may have come to what is
 * protected, and what is asked for under the bar was displaced from the server's memory. So the time offline does not grow with the portal.
 */
async function doBeforehand(
  watcher: pg.Client,
  admin: pg.Client,
  { portal }: RestoreRequest,
  { carrier }: Clone,
): Promise<Outcome<object>> {
  await readWrites(watcher, carrier.untouched)
  await readProperties(admin, portal.databaseName)
  return carrier.carry()
}

/** The transaction. Sessions are gone and barred; nothing outside can be waiting on what it locks. */
async function rename(
  admin: pg.Client,
  request: RestoreRequest,
  call: Call,
  clone: Clone,
): Promise<Outcome<{ trace: SwapTrace; replaced: SnapshotRef }>> {
  const { portal } = request
  const keptName = copyName(portal.id, `${call.idempotencyKey}:kept`)
  const now = await readProperties(admin, portal.databaseName)
  if (!sameProperties(now, clone.properties)) {
    return {
      ok: false,
      refusal: { code: 'schema_moved', facts: { moved: ["the database's own settings or rights changed meanwhile"] } },
    }
  }
  const live = await readDatabase(admin, portal.databaseName)
  if (!live) return { ok: false, refusal: { code: 'portal_missing', facts: { databaseName: portal.databaseName } } }
  await admin.query('begin')
  try {
    const trace = await readTrace(admin, {
      liveOid: live.oid,
      cloneOid: clone.oid,
      liveName: portal.databaseName,
      cloneName: clone.name,
      keptName,
      ...clonedFrom(clone.origin),
    })
    await admin.query(statementsOfSwap(request, clone, keptName).join(';\n'))
    await call.observe('swap.commit', trace)
    call.signal.throwIfAborted()
    if (!(await call.mayCommit())) {
      await admin.query('rollback')
      return { ok: false, refusal: { code: 'commit_forbidden', facts: {} } }
    }
    await admin.query('commit')
    return { ok: true, trace, replaced: { id: keptName, databaseName: keptName } }
  } catch (error) {
    await rollBack(admin)
    throw error
  }
}

function statementsOfSwap({ portal }: RestoreRequest, { name, properties }: Clone, keptName: string): string[] {
  const live = portal.databaseName
  const marker: Marker = {
    restoreDesk: 1,
    purpose: 'safety',
    state: 'ready',
    portalId: portal.id,
    snapshotId: keptName,
    completedAt: new Date().toISOString(),
    contents: null,
    captured: null,
  }
  return [
    ...sealStatements(live, properties),
    `alter database ${quoteName(live)} rename to ${quoteName(keptName)}`,
    markStatement(keptName, marker),
    `alter database ${quoteName(name)} rename to ${quoteName(live)}`,
    `comment on database ${quoteName(live)} is ${properties.comment === null ? 'null' : quoteText(properties.comment)}`,
    openStatement(live, properties.connectionLimit),
  ]
}

type SwapTrace = Extract<Restored['trace'], { way: 'swap' }>

async function readTrace(admin: pg.Client, oids: Omit<SwapTrace, 'way' | 'xid' | 'pid' | 'backendStart'>): Promise<SwapTrace> {
  const { rows } = await admin.query<{ xid: string; pid: number; started: string }>(
    `select pg_current_xact_id()::text as xid, pg_backend_pid() as pid,
       (select backend_start::text from pg_stat_activity where pid = pg_backend_pid()) as started`,
  )
  const [me] = rows
  if (!me) throw new Error('the server did not say who we are')
  return { way: 'swap', xid: me.xid, pid: me.pid, backendStart: me.started, ...oids }
}

/** As the trace keeps it: by it `rebaseline` makes comparisons quick again. */
function clonedFrom({ systemIdentifier, horizon, blocks }: Clone['origin']) {
  return { systemIdentifier, horizon, timeline: blocks?.timeline ?? null, startLsn: blocks?.startLsn ?? null }
}

/** After a lost connection there is nothing to roll back; the server did it. */
async function rollBack(admin: pg.Client): Promise<void> {
  try {
    await admin.query('rollback')
  } catch (error) {
    if (!isConnectionLoss(error)) throw error
  }
}

const emptyReport = {
  total: { missing: 0, newer: 0, changed: 0 },
  tables: [],
  writePauseMs: 0,
  offlineMs: 0,
  edges: [],
  sequences: [],
  notes: [],
} satisfies Omit<Restored, 'trace' | 'replaced'>
