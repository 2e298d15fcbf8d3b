import { and, eq, isNull } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { portalPeople } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Party } from '#lib/domain/permissions.ts'
import type { Policy, WholeScope } from '#lib/domain/policy/policy.ts'

/** How far somebody of the portal may look for records: its owner and its administrators everywhere, everybody else in the CRM. */
export async function searchScope(
  tx: Tx,
  { userId }: Person,
  { portalId, parties, policy }: { portalId: string; parties: ReadonlySet<Party>; policy: Policy },
): Promise<WholeScope> {
  // Where neither going back whole nor putting back is offered, nothing outside the CRM could come of it.
  if (!policy.scopes.includes('full') && !policy.scopes.includes('put_back')) return 'crm'
  if (parties.has('owner')) return 'full'
  const [admin] = await tx
    .select({ userId: portalPeople.userId })
    .from(portalPeople)
    .where(
      and(
        eq(portalPeople.portalId, portalId),
        eq(portalPeople.userId, userId),
        eq(portalPeople.relation, 'admin'),
        isNull(portalPeople.deactivatedAt),
      ),
    )
  return admin ? 'full' : 'crm'
}
