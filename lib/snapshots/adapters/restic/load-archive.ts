import type { PortalRef } from '../../port.ts'
import { withClient } from '../postgres/connect.ts'
import { type Feeding, feedRestore } from './feed-restore.ts'
import { pgEnvironment } from './pg-environment.ts'

/** Streams the archive into the empty scratch database `name`, and summed again on the way. Any statement that fails ends it. */
export async function loadArchive(
  loading: Feeding & { portal: PortalRef; name: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { portal, name } = loading
  // Nobody needs the scratch after a crash.
  const env = pgEnvironment(portal.adminUrl, name, { synchronous_commit: 'off' })
  await feedRestore(loading, { flags: [...loadFlags, `--dbname=${name}`], env }, signal)
  // What was just loaded has no statistics: neither the comparison nor a portal that it may become should plan without them.
  await withClient(portal.adminUrl, name, (scratch) => scratch.query('analyze'))
}

export const loadFlags = ['--no-password', '--no-subscriptions', '--no-tablespaces']
