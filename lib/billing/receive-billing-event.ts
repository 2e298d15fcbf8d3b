import { sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { type BillingEvent, billingEventSchema } from './port.ts'
import { type Recorded, recordPlanChange } from './record-plan-change.ts'
import { isGenuine, type Signed } from './signature.ts'

export type Received = { ok: true; recorded: Recorded } | { ok: false; reason: 'bad_signature' | 'malformed' }

/** A signed event of a billing system: first the signature, over the bytes as they came; only then is the body read. Safe to deliver again. */
export async function receiveBillingEvent(db: Db, provider: 'demo', key: Buffer, signed: Signed): Promise<Received> {
  return scoped(db, 'system', async (tx): Promise<Received> => {
    const [clock] = await tx.execute<{ ms: number }>(sql`select (extract(epoch from now()) * 1000)::float8 as ms`)
    if (!clock || !isGenuine(key, signed, clock.ms)) return { ok: false, reason: 'bad_signature' }
    const event = parseEvent(signed)
    if (!event) return { ok: false, reason: 'malformed' }
    return { ok: true, recorded: await recordPlanChange(tx, provider, event) }
  })
}

/** Null for what is no JSON, no event, or an event under another's id: the id is what makes a delivery count once. */
function parseEvent({ id, body }: Signed): BillingEvent | null {
  const parsed = billingEventSchema.safeParse(parseJson(body))
  return parsed.success && parsed.data.id === id ? parsed.data : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is answered as malformed, as what is no event is.
    return undefined
  }
}
