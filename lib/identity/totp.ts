import { Secret, TOTP } from 'otpauth'
import { seal, unseal } from '#lib/runtime/seal.ts'

const periodSeconds = 30
const sealPurpose = 'totp'

/** A new secret, in the base32 that authenticator apps take. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

export const sealTotpSecret = (authSecret: string, base32: string): string => seal(authSecret, sealPurpose, base32)
export const unsealTotpSecret = (authSecret: string, sealed: string): string => unseal(authSecret, sealPurpose, sealed)

/** What the QR code says. */
export const totpUri = (base32: string, account: string): string => totp(base32, account).toString()

/** The time step in which this code is right, the one before and the one after included; null when in none. `nowMs` is the database's time. */
export function matchingStep(base32: string, code: string, nowMs: number): number | null {
  const delta = totp(base32).validate({ token: code, timestamp: nowMs, window: 1 })
  return delta === null ? null : Math.floor(nowMs / 1000 / periodSeconds) + delta
}

/** The code of this moment and how long it lasts; for the demo's page of people and for tests. */
export function currentCode(base32: string, nowMs: number): { code: string; secondsLeft: number } {
  const code = totp(base32).generate({ timestamp: nowMs })
  return { code, secondsLeft: periodSeconds - (Math.floor(nowMs / 1000) % periodSeconds) }
}

function totp(base32: string, label = 'account'): TOTP {
  return new TOTP({
    issuer: 'Restore Desk',
    label,
    secret: Secret.fromBase32(base32),
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
  })
}
