import { type Instant, isBefore, plusHours } from '../instants.ts'
import type { VersionedPolicy } from './policy.ts'
import { decide, deny, type Verdict } from './verdict.ts'

/**
 * R1: every cloud portal, paid or free, is captured daily. The no is what raises the desk's alert.
 * `since` is the completion of the newest ready snapshot, or the portal's registration when there is none.
 */
export function r1Capture(
  input: { edition: 'cloud' | 'self_hosted'; since: Instant; now: Instant },
  policy: VersionedPolicy,
): Verdict {
  const due = plusHours(input.since, policy.captureEveryHours + policy.captureGraceHours)
  const ok = input.edition === 'self_hosted' || isBefore(input.now, due)
  return decide(ok, 'capture_overdue', 'R1', policy, { since: input.since, due })
}

/** The owner's own restore points, made by hand between the daily ones: so many in 24 hours, one after the other. */
export function ownersCapture(
  input: { ownCaptures: readonly Instant[]; underWay: boolean; now: Instant },
  policy: VersionedPolicy,
): Verdict {
  if (input.underWay) return deny('capture_under_way', 'R1', policy)
  const maximum = policy.ownCapturesPerDay
  const inTheWay = [...input.ownCaptures].sort().at(-maximum)
  const freeAt = inTheWay === undefined ? null : plusHours(inTheWay, 24)
  return decide(freeAt === null || !isBefore(input.now, freeAt), 'own_captures_reached', 'R1', policy, { maximum, freeAt })
}
