import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { serverUrl } from '#db/testing/databases.ts'
import { addressKind } from './address-kind.ts'
import { placeWith } from './place.ts'
import { standsOf } from './stands-of.ts'

const ssh = 'ssh -i /etc/restore-desk/key'

test.each([
  ['/srv/archives', null, 'folder', '/srv/archives'],
  ['local:/srv/archives', null, 'folder', '/srv/archives'],
  ['archives', null, 'folder', 'archives'],
  ['sftp:backup@vault.example.com:/portals', null, 'host', 'vault.example.com'],
  ['sftp://backup@vault.example.com:2222//portals', null, 'host', 'vault.example.com'],
  ['sftp://backup@[2001:db8::7]:2222//portals', null, 'host', '2001:db8::7'],
  ['sftp:vault:portals', null, 'host', 'vault'],
  // The command goes where it goes; the address beside it proves nothing.
  ['sftp:backup@vault.example.com:/portals', `${ssh} backup@vault.example.com -s sftp`, 'host', 'vault.example.com'],
  ['sftp:backup@vault.example.com:/portals', `${ssh} -p 2222 backup@127.0.0.1 -s sftp`, 'unknown', null],
  ['s3:s3.eu-central-1.amazonaws.com/portals', null, 'host', 's3.eu-central-1.amazonaws.com'],
  ['s3:http://localhost:9000/portals', null, 'host', 'localhost'],
  ['s3://minio.example.com/portals', null, 'host', 'minio.example.com'],
  ['rest:https://desk:secret@rest.example.com:8000/portals', null, 'host', 'rest.example.com'],
  ['b2:portals:archives', null, 'service', 'Backblaze B2'],
  ['azure:portals:/', null, 'service', 'Azure Blob Storage'],
  ['gs:portals:/', null, 'service', 'Google Cloud Storage'],
  ['rclone:anything:portals', null, 'unknown', null],
  ['swift:portals:/', null, 'unknown', null],
])('R14 %s through %s is a %s', (address, sftpCommand, kind, name) => {
  expect(addressKind({ address, sftpCommand })).toEqual({ kind, name })
})

const set = (...addresses: string[]) => new Set(addresses)
test.each([
  [
    'a host that shares an address with the server',
    { kind: 'host', repositoryAt: set('10.0.0.5'), server: set('10.0.0.5', '::1') },
    'with_server',
  ],
  ['a host that shares none', { kind: 'host', repositoryAt: set('10.0.0.7'), server: set('10.0.0.5') }, 'apart'],
  ['a host that has no address from here', { kind: 'host', repositoryAt: null, server: set('10.0.0.5') }, 'unknown'],
  ['a server that has no address from here', { kind: 'host', repositoryAt: set('10.0.0.7'), server: null }, 'unknown'],
  ['a folder on the server’s machine', { kind: 'folder', machine: set('10.0.0.5'), server: set('10.0.0.5') }, 'with_server'],
  ['a folder where no address is shared', { kind: 'folder', machine: set('172.17.0.2'), server: set('172.17.0.3') }, 'unknown'],
] as const)('R14 %s', (_, facts, stands) => {
  expect(standsOf(facts)).toBe(stands)
})

const portal = {
  id: crypto.randomUUID(),
  adminUrl: serverUrl(),
  databaseName: 'postgres',
  scopePatterns: { schemas: [], tables: [] },
}
const of = (address: string) => () => ({ address, passwordFile: '/dev/null', sftpCommand: null, environment: {}, patienceMs: 0 })

test('R14 asked of a real server on this machine: a folder beside it goes with it, and so does a host that is this machine by another name', async () => {
  expect(await placeWith(of('/var/lib/archives'))(portal, 'snapshot')).toEqual({
    kind: 'folder',
    name: '/var/lib/archives',
    stands: 'with_server',
  })
  for (const host of ['localhost', hostname()]) {
    expect(await placeWith(of(`sftp:backup@${host}:/archives`))(portal, 'snapshot')).toMatchObject({ stands: 'with_server' })
  }
})

test('R14 an address that is none of the server’s is another machine; a name that leads nowhere is not claimed to be one', async () => {
  expect(await placeWith(of('sftp:backup@192.0.2.7:/archives'))(portal, 'snapshot')).toMatchObject({
    kind: 'host',
    stands: 'apart',
  })
  expect(await placeWith(of('sftp:backup@no-such-host.invalid:/archives'))(portal, 'snapshot')).toMatchObject({
    stands: 'unknown',
  })
})

test('R14 safety copies stay on the portal’s server, wherever archives go', async () => {
  expect(await placeWith(of('sftp:backup@192.0.2.7:/archives'))(portal, 'safety')).toEqual({
    kind: 'portal_server',
    name: null,
    stands: 'with_server',
  })
})
