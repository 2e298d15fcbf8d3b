import type { Repository } from './repository.ts'

export type AddressKind =
  | { kind: 'folder'; name: string }
  | { kind: 'host'; name: string }
  | { kind: 'service'; name: string }
  | { kind: 'unknown'; name: null }

const unknown: AddressKind = { kind: 'unknown', name: null }
const services = { b2: 'Backblaze B2', azure: 'Azure Blob Storage', gs: 'Google Cloud Storage' }

/**
 * What a repository's address names, in the forms that restic reads; never who logs in there. `rclone:` and `swift:` name a configuration kept elsewhere,
 * and so does a command for sftp that does not go to the address's own host.
 */
export function addressKind({ address, sftpCommand }: Pick<Repository, 'address' | 'sftpCommand'>): AddressKind {
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(.*)$/s.exec(address) ?? []
  switch (scheme) {
    case '':
      return { kind: 'folder', name: address }
    case 'local':
      return { kind: 'folder', name: rest }
    case 'sftp':
      return throughCommand(hostOf(rest.startsWith('//') ? `ssh:${rest}` : `ssh://${rest.replace(/:.*$/s, '')}`), sftpCommand)
    case 's3':
      return hostOf(/^https?:/.test(rest) ? rest : `https://${rest.replace(/^\/\//, '')}`)
    case 'rest':
      return hostOf(rest)
    case 'b2':
    case 'azure':
    case 'gs':
      return { kind: 'service', name: services[scheme] }
    default:
      return unknown
  }
}

function throughCommand(said: AddressKind, command: string | null): AddressKind {
  if (command === null || said.kind !== 'host') return said
  const words = command.split(/\s+/).map((word) => word.replace(/^.*@/, ''))
  return words.includes(said.name) ? said : unknown
}

function hostOf(address: string): AddressKind {
  const host = URL.canParse(address) ? new URL(address).hostname.replace(/^\[|\]$/g, '') : ''
  return host === '' ? unknown : { kind: 'host', name: host }
}
