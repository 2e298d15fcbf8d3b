import { lookup } from 'node:dns/promises'
import { statfs } from 'node:fs/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { z } from 'zod'
import type { CaptureRequest, Place, PortalRef } from '../../port.ts'
import { select, withClient } from '../postgres/connect.ts'
import { onPortalServer } from '../postgres/place.ts'
import { addressKind } from './address-kind.ts'
import type { FindRepository, Repository } from './repository.ts'
import { type Addresses, isLoopback, standsOf } from './stands-of.ts'

/** Safety copies lie on the portal's own server; an archive lies where the repository's address leads, held against the server's own addresses. */
export function placeWith(find: FindRepository) {
  return async (portal: PortalRef, purpose: CaptureRequest['purpose']): Promise<Place> => {
    if (purpose === 'safety') return onPortalServer
    const repository = find()
    return repository === null ? { kind: 'unknown', name: null, stands: 'unknown' } : placeOfRepository(portal, repository)
  }
}

async function placeOfRepository(portal: PortalRef, repository: Repository): Promise<Place> {
  const kind = addressKind(repository)
  const machine = ownAddresses()
  if (kind.kind === 'folder' && !(await isMounted(kind.name))) {
    return { ...kind, stands: standsOf({ kind: 'folder', machine, server: await serverAddresses(portal, machine) }) }
  }
  if (kind.kind === 'host') {
    const repositoryAt = await addressesOf(kind.name, machine)
    return { ...kind, stands: standsOf({ kind: 'host', repositoryAt, server: await serverAddresses(portal, machine) }) }
  }
  return { ...kind, stands: kind.kind === 'service' ? 'apart' : 'unknown' }
}

const serverRow = z.object({ address: z.string().nullable() })

/** Where the portal's server is, as it is reached and as it says itself: behind a pooler the two differ. */
async function serverAddresses({ adminUrl }: PortalRef, machine: Addresses): Promise<Addresses | null> {
  const { hostname, searchParams } = new URL(adminUrl)
  const host = searchParams.get('host') ?? hostname
  const reached = host === '' || host.startsWith('/') ? machine : await addressesOf(host.replace(/^\[|\]$/g, ''), machine)
  const [said] = await withClient(adminUrl, undefined, (admin) =>
    select(admin, serverRow, 'select host(inet_server_addr()) as address'),
  )
  if (reached === null || !said?.address || isLoopback(said.address)) return reached
  return new Set([...reached, said.address])
}

/** A loopback address means this machine, with all the others it has. Null where the name leads nowhere from here: an alias of ssh, say. */
async function addressesOf(host: string, machine: Addresses): Promise<Addresses | null> {
  const found = isIP(host) ? [{ address: host }] : await lookup(host, { all: true }).catch(noSuchName)
  if (found.length === 0) return null
  return new Set(found.flatMap(({ address }) => (isLoopback(address) ? [...machine] : [address])))
}

function noSuchName(error: NodeJS.ErrnoException): { address: string }[] {
  if (error.syscall === 'getaddrinfo') return []
  throw error
}

const ownAddresses = (): Addresses =>
  new Set(Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []))

/** NFS, SMB, CIFS, FUSE, Ceph, 9p, by what statfs(2) calls them: such a folder lies on another machine, or may. */
const networkFileSystems = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x65735546, 0x00c36400, 0x01021997])

/** A folder that is not there is no mount; the capture itself will say what is wrong with it. */
async function isMounted(path: string): Promise<boolean> {
  try {
    return networkFileSystems.has((await statfs(path)).type)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
