import type { CompareRequest, Comparison, CrossCheck, PortalRef, SnapshotRef, TellProgress } from '../../port.ts'
import { compare as compareOnServer } from '../postgres/compare.ts'
import { crossCheck as crossCheckOnServer } from '../postgres/cross-check.ts'
import { addFiles } from './files/compare-files.ts'
import { isOnServer } from './open-archive.ts'
import type { FindRepository } from './repository.ts'
import { withAllOpened } from './with-all-opened.ts'

/** The postgres adapter's comparison, with the archive loaded beside the portal, and of files with their entry. */
export function compareWith(find: FindRepository) {
  return async (request: CompareRequest, signal?: AbortSignal, tellProgress?: TellProgress): Promise<Comparison> => {
    const { against, ...rest } = request
    const snapshots = against ? [request.snapshot, against] : [request.snapshot]
    const rows = await withAllOpened(find, request.portal, snapshots, signal, ([snapshot = request.snapshot, other]) =>
      compareOnServer({ ...rest, snapshot, ...(other ? { against: other } : {}) }, signal, tellProgress),
    )
    return addFiles(find, request, rows, signal)
  }
}

/** An archive has no baseline, so there is one way only and nothing to hold against it. */
export function crossCheckWith() {
  return async (portal: PortalRef, snapshot: SnapshotRef, signal?: AbortSignal): Promise<CrossCheck> =>
    (await isOnServer(portal, snapshot)) ? crossCheckOnServer(portal, snapshot, signal) : { agree: true, ways: [] }
}
