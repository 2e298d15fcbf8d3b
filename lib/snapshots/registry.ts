import type { AdapterName } from '#db/schema/index.ts'
import { dataFolderOfEnvironment, remoteOfEnvironment, repositoryOfEnvironment } from '#lib/runtime/env.ts'
import { httpAdapter } from './adapters/http/adapter.ts'
import { postgresAdapter } from './adapters/postgres/adapter.ts'
import { resticAdapter } from './adapters/restic/adapter.ts'
import type { SnapshotAdapter } from './port.ts'

const adapters = {
  postgres: postgresAdapter,
  restic: resticAdapter(repositoryOfEnvironment, () => [dataFolderOfEnvironment()]),
  http: httpAdapter(remoteOfEnvironment),
} as const satisfies Record<AdapterName, SnapshotAdapter>

export const adapterNames = ['postgres', 'restic', 'http'] as const satisfies AdapterName[]

/** The adapter that a datastore, or a portal's second place, names. A new one is a line here and a passing conformance suite. */
export function adapterNamed(name: AdapterName): SnapshotAdapter {
  return adapters[name]
}
