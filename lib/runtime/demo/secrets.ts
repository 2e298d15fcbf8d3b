import { createHash, createHmac } from 'node:crypto'

/** The same name gives the same id in every demo, so that a story or a script can know it. */
export function demoId(name: string): string {
  const hex = createHash('sha256').update(`restore-desk demo ${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A demo person's authenticator secret: theirs alone, and the same for as long as the data folder lives. */
export function demoTotpSecret(authSecret: string, email: string): string {
  return base32(createHmac('sha1', authSecret).update(`demo totp ${email}`).digest())
}

/** Login role and password of the portal's own program, by which a script may look at a demo portal as its users do. */
export function demoPortalLogin(
  authSecret: string,
  externalId: string,
): { role: string; password: string; databaseName: string } {
  const name = `portal_${externalId}`
  return {
    role: name,
    databaseName: name,
    password: createHmac('sha256', authSecret).update(`demo portal ${externalId}`).digest('hex').slice(0, 32),
  }
}

function base32(bytes: Buffer): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return Array.from({ length: bits.length / 5 }, (_, i) => alphabet[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('')
}
