import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresAdapter } from '../../postgres/adapter.ts'
import { type ReferenceOptions, startReferenceServer } from '../reference/server.ts'
import type { Remote, RemoteLimits } from '../remote.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** A reference server that listens on loopback in front of the postgres adapter, and how the desk reaches it. `adminUrl` names a role that may do all. */
export async function startRemote(
  adminUrl: string,
  options: Partial<ReferenceOptions> = {},
  limits: Partial<RemoteLimits> = {},
): Promise<{ remote: Remote; directory: string; stop: () => Promise<void> }> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'restore-desk-remote-'))
  const server = await startReferenceServer({ adapter: postgresAdapter, adminUrl, secret, directory, ...options })
  return {
    remote: { url: server.url, secret, privateNetwork: true, limits },
    directory,
    stop: async () => {
      await server.stop()
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}
