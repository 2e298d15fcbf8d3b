import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R3: only the ways back that this vendor offers. */
export function r3Scopes(input: { scope: string }, policy: VersionedPolicy): Verdict {
  const ok = policy.scopes.some((scope) => scope === input.scope)
  return decide(ok, 'scope_not_offered', 'R3', policy, { scope: input.scope, offered: policy.scopes })
}
