import type { StepUp } from '../actor.ts'
import type { ConsentMethod } from '../events.ts'
import { type Instant, isBefore, plusHours, plusMinutes } from '../instants.ts'
import type { Scope, VersionedPolicy } from './policy.ts'
import { allow, decide, deny, type Verdict } from './verdict.ts'

/** R13: a second step was taken, and lately enough. */
export function r13FreshHands(input: { stepUp: StepUp | null; now: Instant }, policy: VersionedPolicy): Verdict {
  const facts = { freshMinutes: policy.stepUpFreshMinutes }
  if (input.stepUp === null) return deny('step_up_needed', 'R13', policy, facts)
  const fresh = isBefore(input.now, plusMinutes(input.stepUp.at, policy.stepUpFreshMinutes))
  return decide(fresh, 'step_up_stale', 'R13', policy, { ...facts, method: input.stepUp.method, at: input.stepUp.at })
}

/** R13: a code by mail is a fallback, and not enough for `full`; a proof recorded by the desk counts once a second agent confirmed it. */
export function r13Method(
  input: { method: ConsentMethod; scope: Scope; proofConfirmed: boolean },
  policy: VersionedPolicy,
): Verdict {
  if (input.method === 'recorded_proof') return decide(input.proofConfirmed, 'second_agent_needed', 'R13', policy)
  if (input.method !== 'mail_code') return allow('R13', policy, { method: input.method })
  const ok = policy.mailCodeEnoughFor.includes(input.scope)
  return decide(ok, 'mail_code_not_enough', 'R13', policy, { method: input.method, scope: input.scope })
}

/**
 * S7: whoever reads a person's mail can sign in and enrol an authenticator of their own. Where a code by mail is not enough, a new authenticator
 * is not either until the person had time to notice; a proof that two agents recorded makes up for it.
 */
export function r13KnownFactor(
  input: { stepUp: StepUp | null; scope: Scope; proofConfirmed: boolean; now: Instant },
  policy: VersionedPolicy,
): Verdict {
  return input.proofConfirmed ? allow('R13', policy) : known('factor_too_new', input, policy)
}

/** S7: the same of an approver's, which no proof makes up for: another approver decides. */
export function r13KnownVoter(input: { stepUp: StepUp | null; scope: Scope; now: Instant }, policy: VersionedPolicy): Verdict {
  return known('approver_factor_too_new', input, policy)
}

function known(
  code: 'factor_too_new' | 'approver_factor_too_new',
  { stepUp, scope, now }: { stepUp: StepUp | null; scope: Scope; now: Instant },
  policy: VersionedPolicy,
): Verdict {
  // No second step at all, and a code by mail where it is not enough, are refused above.
  if (stepUp === null || stepUp.method === 'mail_code' || policy.mailCodeEnoughFor.includes(scope)) return allow('R13', policy)
  // What nobody knows the age of may be of this minute.
  if (stepUp.enrolledAt === undefined) return deny(code, 'R13', policy, { method: stepUp.method })
  const until = plusHours(stepUp.enrolledAt, policy.newFactorCoolOffHours)
  return decide(!isBefore(now, until), code, 'R13', policy, { enrolledAt: stepUp.enrolledAt, until })
}
