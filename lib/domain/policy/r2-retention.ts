import { type Instant, isBefore, latest, plusDays, plusHours } from '../instants.ts'
import type { VersionedPolicy } from './policy.ts'
import { decide, deny, type Verdict } from './verdict.ts'

export type SnapshotFacts = { snapshotId: string; state: string; completedAt: Instant | null }

/** R2: a restore needs a snapshot that is there and within retention; one already held by a live ticket may be older. */
export function r2Retention(input: SnapshotFacts & { held: boolean; now: Instant }, policy: VersionedPolicy): Verdict {
  const facts = { snapshotId: input.snapshotId, completedAt: input.completedAt, retentionDays: policy.retentionDays }
  if (input.state === 'pruned' || input.state === 'pruning') return deny('snapshot_gone', 'R2', policy, facts)
  if (input.state !== 'ready' || input.completedAt === null)
    return deny('snapshot_not_ready', 'R2', policy, { ...facts, state: input.state })
  const diesAt = naturalDeath(input.completedAt, policy)
  return decide(input.held || isBefore(input.now, diesAt), 'snapshot_too_old', 'R2', policy, { ...facts, diesAt })
}

/**
 * R2: a restore point that is asked for by its moment: not older than any other may be, nor of what is to come. `from`: the oldest moment that can be made; null where
 * none can.
 */
export function r2Moment(input: { at: Instant; from: Instant | null; now: Instant }, policy: VersionedPolicy): Verdict {
  const { at, now } = input
  const oldest = latest(input.from ?? now, plusDays(now, -policy.retentionDays))
  const ok = input.from !== null && !isBefore(at, oldest) && isBefore(at, now)
  return decide(ok, 'moment_out_of_reach', 'R2', policy, { at, from: input.from === null ? null : oldest, to: now })
}

/** When an unheld snapshot may be pruned: retention in hours from the capture's completion (S32). */
export function naturalDeath(completedAt: Instant, policy: Pick<VersionedPolicy, 'retentionDays'>): Instant {
  return plusDays(completedAt, policy.retentionDays)
}

/** How long a live ticket may keep it (S25). */
export function holdMaximum(completedAt: Instant, policy: Pick<VersionedPolicy, 'retentionDays' | 'holdMaximumHours'>): Instant {
  return plusHours(naturalDeath(completedAt, policy), policy.holdMaximumHours)
}

/** S34: tickets opened only to prolong retention: so many snapshots of one portal may be held at once. */
export function holdLimit(input: { openHolds: number }, policy: VersionedPolicy): Verdict {
  const facts = { openHolds: input.openHolds, maximum: policy.holdsPerPortalMaximum }
  return decide(input.openHolds < policy.holdsPerPortalMaximum, 'hold_limit_reached', 'R2', policy, facts)
}

/** S19, S25: the hold's maximum moves once, and only once. */
export function holdExtension(input: { extended: boolean; ended: boolean }, policy: VersionedPolicy): Verdict {
  if (input.ended) return deny('hold_maximum_reached', 'R2', policy)
  return decide(!input.extended, 'hold_already_extended', 'R2', policy, { hours: policy.holdExtensionHours })
}
