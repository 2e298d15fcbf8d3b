import type { VersionedPolicy } from './policy.ts'
import { allow, deny, type Verdict } from './verdict.ts'

export type PortalFacts = { status: 'active' | 'suspended' | 'deleted'; legalHold: boolean }

/** S73, S74, S77: what a portal's standing with the vendor forbids, whatever the rules of restores say. */
export function portalStatus(
  input: { status: 'active' | 'suspended' | 'deleted'; legalHold: boolean },
  policy: VersionedPolicy,
): Verdict {
  if (input.legalHold) return deny('legal_hold', null, policy)
  if (input.status === 'suspended') return deny('portal_suspended', null, policy)
  if (input.status === 'deleted') return deny('portal_deleted', null, policy)
  return allow(null, policy)
}
