import { z } from 'zod'
import {
  type JsonValue,
  jsonValueSchema,
  type Refusal,
  type RefusalCode,
  type RuleName,
  refusalCodes,
  ruleNames,
} from '../refusal.ts'
import type { VersionedPolicy } from './policy.ts'

/** A rule's decision as a value, written into the ticket's log. `rule` is null for a check that no published rule names. */
export const verdictSchema = z.object({
  allowed: z.boolean(),
  rule: z.enum(ruleNames).nullable(),
  policyVersion: z.int().nullable(),
  code: z.enum(refusalCodes).nullable(),
  facts: z.record(z.string(), jsonValueSchema),
})
export type Verdict = z.infer<typeof verdictSchema>
export type Facts = Record<string, JsonValue>
type Versioned = Pick<VersionedPolicy, 'version'>

export function allow(rule: RuleName | null, policy: Versioned, facts: Facts = {}): Verdict {
  return { allowed: true, rule, policyVersion: policy.version, code: null, facts }
}

export function deny(code: RefusalCode, rule: RuleName | null, policy: Versioned, facts: Facts = {}): Verdict {
  return { allowed: false, rule, policyVersion: policy.version, code, facts }
}

/** `allow` when `ok`, else `deny` with the same facts. */
export function decide(ok: boolean, code: RefusalCode, rule: RuleName | null, policy: Versioned, facts: Facts = {}): Verdict {
  return ok ? allow(rule, policy, facts) : deny(code, rule, policy, facts)
}

/** The first no among verdicts as a refusal, or null when all allow. */
export function firstRefusal(verdicts: readonly Verdict[]): Refusal | null {
  for (const { allowed, code, rule, policyVersion, facts } of verdicts) {
    if (!allowed && code !== null) return { code, rule, policyVersion, facts }
  }
  return null
}
