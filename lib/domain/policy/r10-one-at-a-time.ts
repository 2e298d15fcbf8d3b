import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R10: a portal has one live restore at most. `other` is the number of the live ticket that stands in the way. */
export function r10OneAtATime(input: { other: number | null }, policy: VersionedPolicy): Verdict {
  return decide(input.other === null, 'another_restore_live', 'R10', policy, input.other === null ? {} : { number: input.other })
}
