import { type Scope, scopes, type VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R3: only the ways back that this vendor offers, and of those only what keeps the portal's snapshots can do (`can`). */
export function r3Scopes(input: { scope: string; can: readonly Scope[] }, policy: VersionedPolicy): Verdict {
  const offered = offeredScopes(input.can, policy)
  return decide(
    offered.some((scope) => scope === input.scope),
    'scope_not_offered',
    'R3',
    policy,
    { scope: input.scope, offered },
  )
}

/** The smallest first. */
export function offeredScopes(can: readonly Scope[], policy: Pick<VersionedPolicy, 'scopes'>): Scope[] {
  return scopes.filter((scope) => policy.scopes.includes(scope) && can.includes(scope))
}
