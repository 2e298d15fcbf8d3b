import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import type { Actor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { type Recorded, recordPlanChange } from './record-plan-change.ts'

export const setPlanInput = z.object({ portalId: z.uuid(), plan: z.string().trim().min(1).max(100), paid: z.boolean() })

/** An admin (or the operator on the server) records by hand what a portal has bought. For a vendor without a connected billing system. */
export async function setPlanByHand(
  db: Db,
  actor: Actor,
  input: z.infer<typeof setPlanInput>,
): Promise<Answer<{ recorded: Recorded }>> {
  if (actor.kind === 'person' ? !actor.deskRoles.includes('admin') : actor.part !== 'operator') {
    return no(refuse('not_allowed'))
  }
  return scoped(db, 'system', async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(
      sql`select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`,
    )
    if (!clock) throw new Error('the database has no time')
    const type = input.paid ? 'payment_succeeded' : 'plan_downgraded'
    const event = { id: `manual:${randomUUID()}`, type, occurredAt: clock.now, ...input } as const
    return { ok: true, recorded: await recordPlanChange(tx, 'manual', event) }
  })
}
