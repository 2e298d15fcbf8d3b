import type { PausedRequest, PausedTable } from '../../port.ts'
import { findPaused as findOnServer } from '../postgres/paused.ts'
import type { FindRepository } from './repository.ts'
import { withAllOpened } from './with-all-opened.ts'

/** The postgres adapter's search for what comes back paused, with the archive loaded beside the portal. */
export function findPausedWith(find: FindRepository) {
  return (request: PausedRequest, signal?: AbortSignal): Promise<PausedTable[]> =>
    withAllOpened(
      find,
      request.portal,
      [request.snapshot, request.safety],
      signal,
      ([snapshot = request.snapshot, safety = request.safety]) => findOnServer({ ...request, snapshot, safety }, signal),
    )
}
