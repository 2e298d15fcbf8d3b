import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R7: what billing says now, read by the policy's row for that plan (S22). */
export function r7PaidOnly(input: { plan: string; paid: boolean; checkedAt: string }, policy: VersionedPolicy): Verdict {
  const terms = policy.plans[input.plan] ?? policy.plans['*'] ?? 'if_paid'
  const ok = terms === 'always' || (terms === 'if_paid' && input.paid)
  return decide(ok, 'plan_not_paid', 'R7', policy, { plan: input.plan, paid: input.paid, checkedAt: input.checkedAt })
}
