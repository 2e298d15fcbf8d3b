import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R11: rows that would be wiped without having been counted at consent; more than the tolerance, and the owner is asked again. */
export function r11FreshConsent(input: { consentedRows: number; uncountedRows: number }, policy: VersionedPolicy): Verdict {
  const tolerated = Math.max(policy.toleranceRows, Math.floor((input.consentedRows * policy.tolerancePercent) / 100))
  const facts = { consentedRows: input.consentedRows, uncountedRows: input.uncountedRows, tolerated }
  return decide(input.uncountedRows <= tolerated, 'consent_stale', 'R11', policy, facts)
}
