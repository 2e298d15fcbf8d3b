import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a request is signed over: Standard Webhooks' id, timestamp and content, where the content is the method and path on one line and the body after it. */
export type Signed = { id: string; timestamp: number; method: string; path: string; body: Uint8Array }

export const signatureHeaders = { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' } as const

/** Seconds by which the two clocks may differ, and for which an id is remembered. */
export const replayWindowSeconds = 300

export function sign(secret: string, { id, timestamp, method, path, body }: Signed): string {
  const sum = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${method} ${path}\n`).update(body)
  return `v1,${sum.digest('base64')}`
}

/** In constant time. `given` may hold several signatures, one for each key in use. */
export function isSignedBy(secret: string, signed: Signed, given: string): boolean {
  const right = Buffer.from(sign(secret, signed))
  return given.split(' ').some((one) => {
    const offered = Buffer.from(one)
    return offered.length === right.length && timingSafeEqual(offered, right)
  })
}

/** A key of 24 bytes or more. */
export function isSecret(secret: string): boolean {
  return /^whsec_[A-Za-z0-9+/]+=*$/.test(secret) && keyOf(secret).length >= 24
}

const keyOf = (secret: string) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
