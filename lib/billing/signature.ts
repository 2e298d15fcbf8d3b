import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** How old (or how far ahead) a signed event may be; within it, its id keeps a replay from counting twice. */
const toleranceSeconds = 300

export type Signed = { id: string; timestamp: string; signature: string; body: string }

/** Signs as Standard Webhooks do: HMAC-SHA-256 over `id.timestamp.body`, `v1,` before its base64. */
export function sign(key: Buffer, { id, timestamp, body }: Omit<Signed, 'signature'>): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** Compared in constant time; `nowMs` is the database's. A sender that changes its key sends several signatures, parted by spaces. */
export function isGenuine(key: Buffer, signed: Signed, nowMs: number): boolean {
  if (!/^\d{1,12}$/.test(signed.timestamp)) return false
  if (Math.abs(nowMs / 1000 - Number(signed.timestamp)) > toleranceSeconds) return false
  const wanted = Buffer.from(sign(key, signed))
  return signed.signature
    .slice(0, 1000)
    .split(' ')
    .map((candidate) => Buffer.from(candidate))
    .some((candidate) => candidate.length === wanted.length && timingSafeEqual(candidate, wanted))
}

/** The demo's billing system shares this key with the hook; nobody has to set it up. */
export function demoHookKey(authSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', authSecret, 'restore-desk', 'demo-billing-hook', 32))
}
