import { crossCheckWays, waysAgree } from '#lib/difference/compare/cross-check.ts'
import type { CrossCheck, PortalRef, SnapshotRef } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { withCopy } from './copies.ts'
import { withSides } from './sides.ts'

/** The whole portal, by each way that the snapshot's baseline allows; nothing to hold against each other without one. */
export async function crossCheck(portal: PortalRef, snapshot: SnapshotRef, signal?: AbortSignal): Promise<CrossCheck> {
  const baseline = baselineOf(snapshot)
  if (baseline === null) return { agree: true, ways: [] }
  const checked = await withCopy(portal.adminUrl, snapshot.databaseName, () =>
    withSides(portal.adminUrl, [{ databaseName: portal.databaseName }, { databaseName: snapshot.databaseName }], (live, stored) =>
      crossCheckWays(live, stored, { kind: 'all' }, baseline, { signal }),
    ),
  )
  const ways = checked.map(({ way, digest, durationMs }) => ({ method: way, digest, durationMs: Math.round(durationMs) }))
  return { agree: waysAgree(checked), ways }
}
