import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { billingAccounts, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Person } from '#lib/domain/actor.ts'
import { demoPlan } from './demo-plans.ts'
import type { BillingEvent } from './port.ts'
import { demoHookKey, sign } from './signature.ts'

/** What the demo's payment page can let happen. */
const demoDeeds = {
  pay: { type: 'payment_succeeded', plan: demoPlan.plan, paid: true },
  fail_card: { type: 'payment_failed', plan: null, paid: null },
  charge_back: { type: 'charge_back', plan: demoPlan.plan, paid: false },
  downgrade: { type: 'plan_downgraded', plan: 'free', paid: false },
} as const satisfies Record<string, { type: BillingEvent['type']; plan: string | null; paid: boolean | null }>
export type DemoDeed = keyof typeof demoDeeds

export type DemoCheckout = { portalId: string; portalName: string; plan: string; paid: boolean }

/** What there is to pay for, for somebody of the portal (or the desk); null for everybody else (I8). */
export async function readDemoCheckout(db: Db, actor: Person, portalId: string): Promise<DemoCheckout | null> {
  const [row] = await scoped(db, actor.userId, (tx) =>
    tx
      .select({ portalName: portals.name, listed: portals.plan, plan: billingAccounts.plan, paid: billingAccounts.paid })
      .from(portals)
      .leftJoin(billingAccounts, eq(billingAccounts.portalId, portals.id))
      .where(eq(portals.id, portalId)),
  )
  return row ? { portalId, portalName: row.portalName, plan: row.plan ?? row.listed, paid: row.paid ?? false } : null
}

const recordedSchema = z.object({ outcome: z.enum(['applied', 'stale', 'ignored', 'duplicate']), ticketsMoved: z.number() })
type Told = { ok: true; outcome: z.output<typeof recordedSchema>['outcome'] } | { ok: false; status: number }

/** What the demo's billing system does: tells the desk by a signed event over HTTP, at `hookUrl`. */
export async function tellDemoPayment(
  db: Db,
  { authSecret, hookUrl }: { authSecret: string; hookUrl: string },
  checkout: DemoCheckout,
  deed: DemoDeed,
): Promise<Told> {
  const [clock] = await db.execute<{ ms: number }>(sql`select (extract(epoch from now()) * 1000)::float8 as ms`)
  if (!clock) throw new Error('the database has no time')
  const { type, plan, paid } = demoDeeds[deed]
  const event: BillingEvent = {
    id: `evt_${randomUUID()}`,
    type,
    portalId: checkout.portalId,
    plan: plan ?? checkout.plan,
    paid: paid ?? checkout.paid,
    occurredAt: new Date(clock.ms).toISOString(),
  }
  const unsigned = { id: event.id, timestamp: String(Math.floor(clock.ms / 1000)), body: JSON.stringify(event) }
  const answer = await fetch(hookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': unsigned.id,
      'webhook-timestamp': unsigned.timestamp,
      'webhook-signature': sign(demoHookKey(authSecret), unsigned),
    },
    body: unsigned.body,
    signal: AbortSignal.timeout(10_000),
  })
  if (!answer.ok) return { ok: false, status: answer.status }
  return { ok: true, outcome: recordedSchema.parse(await answer.json()).outcome }
}
