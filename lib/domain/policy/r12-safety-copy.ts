import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R12, I5: nothing is overwritten until what it replaces is kept and verified. */
export function r12SafetyCopy(input: { state: string | null; verifiedAt: string | null }, policy: VersionedPolicy): Verdict {
  const ok = input.state === 'ready' && input.verifiedAt !== null
  return decide(ok, 'safety_copy_missing', 'R12', policy, { state: input.state, verifiedAt: input.verifiedAt })
}
