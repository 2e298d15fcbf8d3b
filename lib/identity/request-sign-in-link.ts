import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '#db/client.ts'
import { addressSchema } from './address.ts'
import { take } from './rate-limit.ts'

export type LinkAnswer =
  | { ok: true }
  | { ok: false; reason: 'invalid_address' }
  | { ok: false; reason: 'too_many'; retryAfterSeconds: number }

const quarterHourSeconds = 900
/** Every answer takes as long, so that its time does not tell whether the address is known. */
const answerMs = 400

/**
 * Asks for a sign-in link. Known, unknown and deactivated addresses get the same answer. `source` is where the request came
 * from (an IP address); `send` hands the address to Auth.js, which makes the token.
 */
export async function requestSignInLink(
  db: Db,
  asked: { address: string; source: string },
  send: (email: string) => Promise<unknown>,
): Promise<LinkAnswer> {
  const parsed = addressSchema.safeParse(asked.address)
  if (!parsed.success) return { ok: false, reason: 'invalid_address' }
  const taken = await take(db, [
    { bucket: `link:source:${asked.source.slice(0, 100)}`, times: 30, windowSeconds: quarterHourSeconds },
    { bucket: `link:address:${parsed.data}`, times: 5, windowSeconds: quarterHourSeconds },
  ])
  if (!taken.ok) return { ok: false, reason: 'too_many', retryAfterSeconds: taken.retryAfterSeconds }
  await Promise.all([send(parsed.data), wait(answerMs)])
  return { ok: true }
}
