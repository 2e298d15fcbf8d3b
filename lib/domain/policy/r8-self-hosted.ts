import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R8: backups of a self-hosted portal belong to its own admin (S76): answered at once, never a ticket. */
export function r8SelfHosted(input: { edition: 'cloud' | 'self_hosted' }, policy: VersionedPolicy): Verdict {
  return decide(input.edition === 'cloud', 'self_hosted', 'R8', policy)
}
