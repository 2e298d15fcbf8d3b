import { AdapterRefused, type PortalRef, type SnapshotRef } from '../../port.ts'
import { withOpened } from './open-archive.ts'
import type { FindRepository } from './repository.ts'

/** Runs `use` with each of the snapshots as a database of the portal's server, in the order given. Throws what kept one of them from being opened. */
export async function withAllOpened<T>(
  find: FindRepository,
  portal: PortalRef,
  snapshots: SnapshotRef[],
  signal: AbortSignal | undefined,
  use: (opened: SnapshotRef[]) => Promise<T>,
): Promise<T> {
  const [first, ...rest] = snapshots
  if (!first) return use([])
  const done = await withOpened(find, portal, first, signal, (opened) =>
    withAllOpened(find, portal, rest, signal, (others) => use([opened, ...others])),
  )
  if (!done.ok) throw new AdapterRefused(done.refusal)
  return done.value
}
