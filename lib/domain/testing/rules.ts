import { policySchema, type VersionedPolicy } from '../policy/policy.ts'
import type { Verdict } from '../policy/verdict.ts'

/** The published defaults as version 3, with changes. */
export const policyWith = (change: Partial<VersionedPolicy> = {}): VersionedPolicy => ({
  ...policySchema.parse({}),
  version: 3,
  ...change,
})

/** `yes`, or the code of the no. */
export const said = (verdict: Verdict): string => (verdict.allowed ? 'yes' : (verdict.code ?? 'no'))
