import type { Boundary as EngineBoundary } from '#lib/difference/observe.ts'
import type { RestoreCounts } from '#lib/difference/restore.ts'
import type { Boundary, Call, Outcome, Restored, RestoreRequest, RestoreTrace } from '../../port.ts'
import { apply } from './apply.ts'
import { withClient } from './connect.ts'
import { withCopy } from './copies.ts'
import { findMissingCopy } from './find-missing-copy.ts'
import { findLogDatabase } from './log-database.ts'
import { progressOf } from './progress.ts'
import { withSides } from './sides.ts'
import { restoreBySwap } from './swap.ts'
import { totalOf } from './tally.ts'

/** In place by the engine's one transaction, or by swap. Both need a finished safety copy (R12, S55) before anything is touched. */
export async function restore(request: RestoreRequest, call: Call): Promise<Outcome<Restored>> {
  const { missing, log } = await withClient(request.portal.adminUrl, undefined, async (admin) => ({
    missing: await findMissingCopy(admin, request),
    log: await findLogDatabase(admin),
  }))
  if (missing) return { ok: false, refusal: missing }
  return request.way === 'swap' ? restoreBySwap(request, call) : restoreInPlace(request, call, log)
}

async function restoreInPlace(request: RestoreRequest, call: Call, log: string | null): Promise<Outcome<Restored>> {
  const { portal, snapshot, limits } = request
  await call.observe('restore.check')
  let trace: RestoreTrace | null = null
  const wanted = [portal.databaseName, snapshot.databaseName, ...(log === null ? [] : [log])]
  const outcome = await withCopy(portal.adminUrl, snapshot.databaseName, () =>
    withSides(
      portal.adminUrl,
      wanted.map((databaseName) => ({ databaseName })),
      (live, stored, wal) =>
        apply(request, {
          live,
          snapshot: stored,
          wal,
          journalDirectory: request.journalDirectory,
          lockTimeoutMs: limits.lockWaitMs,
          maxLockMs: limits.lockHeldMs,
          signal: call.signal,
          onTransaction: async ({ xid, backendPid, backendStart }) => {
            trace = { way: 'in_place', xid, pid: backendPid, backendStart }
            await call.observe('restore.begin', trace)
          },
          observe: async (boundary, detail) => {
            const ours = boundaryOf[boundary]
            if (ours) await call.observe(ours, progressOf(detail))
          },
          mayCommit: call.mayCommit,
        }),
    ),
  )
  if (outcome.outcome === 'refused') return { ok: false, refusal: outcome.refusal }
  await call.observe('restore.release')
  if (outcome.outcome === 'nothing_to_do') return { ok: true, ...nothing, trace }
  return { ok: true, ...nothing, ...reportOf(outcome.counts), trace, writePauseMs: Math.round(outcome.writePauseMs) }
}

/** The engine's boundaries in the port's words. `restore.lock` comes again, with whoever blocks, for each attempt that waited in vain (S52). */
const boundaryOf: Partial<Record<EngineBoundary, Boundary>> = {
  'compare:table': 'restore.compare',
  'restore:begun': 'restore.lock',
  'restore:lockWait': 'restore.lock',
  'restore:locked': 'restore.locked',
  'restore:compared': 'restore.compare',
  'apply:delete': 'restore.apply',
  'apply:insert': 'restore.apply',
  'restore:applied': 'restore.applied',
  'restore:verified': 'restore.verify',
  'restore:beforeCommit': 'restore.commit',
  'restore:committed': 'restore.committed',
}

const nothing = {
  total: { missing: 0, newer: 0, changed: 0 },
  tables: [],
  writePauseMs: 0,
  offlineMs: 0,
  edges: [],
  sequences: [],
  replaced: null,
  notes: [],
} satisfies Omit<Restored, 'trace'>

/** Deleted and inserted rows as the engine counts them: a changed row is one of each. */
function reportOf(counts: RestoreCounts): Pick<Restored, 'total' | 'tables' | 'edges' | 'sequences'> {
  const tables = counts.tables.map(({ table, deleted, inserted }) => ({
    schema: table.schema,
    table: table.name,
    missing: inserted,
    newer: deleted,
    changed: 0,
  }))
  return {
    total: totalOf(tables),
    tables,
    edges: counts.references.map(({ edge, rows, became }) => ({
      constraint: edge,
      rows,
      handling: became === 'nulled' ? 'null' : 'keep',
    })),
    sequences: counts.sequences.map(({ sequence, from, to }) => ({ sequence: `${sequence.schema}.${sequence.name}`, from, to })),
  }
}
