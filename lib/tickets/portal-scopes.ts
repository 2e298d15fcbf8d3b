import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { type Scope, scopes } from '#lib/domain/policy/policy.ts'
import { portalCan } from '#lib/snapshots/portal-can.ts'
import { scopesOf } from '#lib/snapshots/selection.ts'

export type PortalAbilities = { scopes: readonly Scope[]; search: boolean }

/**
 * What a ticket of this portal may ask for by its adapter's declaration, and whether its records can be searched. Whoever asks is not looked at here: a
 * caller decides whether they see the portal at all. A portal that the vendor keeps no data of is refused by R8, not by what an adapter cannot do.
 */
export async function portalAbilities(db: Db, portalId: string): Promise<PortalAbilities> {
  const can = await scoped(db, 'system', (tx) => portalCan(tx, portalId))
  return can === null ? { scopes, search: false } : { scopes: scopesOf(can), search: can.search }
}
