import { eq, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { billingAccounts, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { demoOffer } from './demo-plans.ts'
import type { PlanFact, PlanPort } from './port.ts'

/** The billing system of this desk: the demo's, with a page to pay on, or plans that an admin records by hand. */
export function planPort(db: Db, { demo, appUrl }: { demo: boolean; appUrl: string }): PlanPort {
  return {
    name: demo ? 'demo' : 'manual',
    planOf: (portalId) => planOf(db, portalId),
    upgradeOffer: async (request) => (demo ? demoOffer(appUrl, request) : null),
  }
}

/** Both systems keep their books in this database, so asking them is one read. A portal they never heard of has paid for nothing. */
async function planOf(db: Db, portalId: string): Promise<PlanFact> {
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx
      .select({ plan: billingAccounts.plan, paid: billingAccounts.paid, listed: portals.plan, now: sql<string>`now()` })
      .from(portals)
      .leftJoin(billingAccounts, eq(billingAccounts.portalId, portals.id))
      .where(eq(portals.id, portalId))
    if (!row) throw new Error(`there is no portal ${portalId}`)
    return { plan: row.plan ?? row.listed, paid: row.paid ?? false, checkedAt: new Date(row.now).toISOString() }
  })
}
