import type { Baseline, Origin } from '#lib/difference/compare/baseline.ts'
import { packBaseline } from '#lib/difference/compare/pack-baseline.ts'
import { baselineOfReplaced, rebaselineOther, rebaselineRestored, type Swap } from '#lib/difference/compare/rebaseline.ts'
import { nameKey } from '#lib/difference/names.ts'
import type { Manifest, RebaselineRequest } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { withClient } from './connect.ts'
import { withCopy } from './copies.ts'
import { readDatabase } from './marker.ts'
import { withSides } from './sides.ts'

/** What holds of a snapshot for the database that a swap put in the portal's place; nothing of the portal is written. */
export async function rebaseline(request: RebaselineRequest, signal?: AbortSignal): Promise<Uint8Array | null> {
  const { portal, trace, restored, snapshot } = request
  signal?.throwIfAborted()
  const origin = originOf(trace)
  const live = await withClient(portal.adminUrl, undefined, (admin) => readDatabase(admin, portal.databaseName))
  if (origin === null || live?.oid !== origin.databaseOid) return null
  const kept = baselineOf(snapshot)
  // Done by an earlier attempt, or captured of the new database already.
  if (kept?.origin.databaseOid === origin.databaseOid) return null
  const swap = { origin, replacedOid: trace.liveOid, restored: baselineOf(restored) }
  const found = await find(request, swap, kept)
  return found && packBaseline(found)
}

async function find({ portal, trace, restored, snapshot, manifest }: RebaselineRequest, swap: Swap, kept: Baseline | null) {
  const inCopy = <T>(use: (copy: Parameters<typeof rebaselineRestored>[0]) => Promise<T>) =>
    withCopy(portal.adminUrl, snapshot.databaseName, () =>
      withSides(portal.adminUrl, [{ databaseName: snapshot.databaseName }], use),
    )
  if (snapshot.databaseName === restored.databaseName) return inCopy((copy) => rebaselineRestored(copy, swap))
  const own =
    snapshot.databaseName === trace.keptName
      ? await inCopy((replaced) => baselineOfReplaced(replaced, swap, rowsOf(manifest)))
      : kept
  return own && withSides(portal.adminUrl, [{ databaseName: portal.databaseName }], (side) => rebaselineOther(side, own, swap))
}

/** Null of a trace that an earlier version wrote. */
function originOf({ cloneOid, systemIdentifier, horizon, timeline, startLsn }: RebaselineRequest['trace']): Origin | null {
  if (systemIdentifier === null || horizon === null) return null
  const blocks = timeline === null || startLsn === null ? null : { timeline, startLsn }
  return { systemIdentifier, databaseOid: cloneOid, horizon, blocks }
}

function rowsOf({ tables }: Manifest): Map<string, number> {
  return new Map(tables.map(({ schema, table, rows }) => [nameKey({ schema, name: table }), rows]))
}
