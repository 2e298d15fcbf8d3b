import type { Place } from '../../port.ts'

export type Addresses = ReadonlySet<string>

export const isLoopback = (address: string): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address)

type Facts =
  | { kind: 'host'; repositoryAt: Addresses | null; server: Addresses | null }
  | { kind: 'folder'; machine: Addresses; server: Addresses | null }

/**
 * One address in common: one machine. None in common: of a host on the network, another machine; of a folder nothing, since worker and server may be two
 * containers of one machine, each with addresses of its own.
 */
export function standsOf(facts: Facts): Place['stands'] {
  const { server } = facts
  const place = facts.kind === 'host' ? facts.repositoryAt : facts.machine
  if (place === null || server === null) return 'unknown'
  if ([...place].some((address) => server.has(address))) return 'with_server'
  return facts.kind === 'host' ? 'apart' : 'unknown'
}
