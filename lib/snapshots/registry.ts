import { postgresAdapter } from './adapters/postgres/adapter.ts'
import type { SnapshotAdapter } from './port.ts'

const adapters = { postgres: postgresAdapter } as const satisfies Record<string, SnapshotAdapter>
export type AdapterName = keyof typeof adapters

/** The adapter a datastore names. A new one is a line here and a passing conformance suite. */
export function adapterNamed(name: AdapterName): SnapshotAdapter {
  return adapters[name]
}
