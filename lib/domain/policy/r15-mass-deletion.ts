import { hoursBetween, type Instant, isBefore, plusHours } from '../instants.ts'
import type { VersionedPolicy } from './policy.ts'

/** Rows of a portal that were deleted between two looks at it. Looks that found nothing need not be told. */
export type DeletionSample = { since: Instant; until: Instant; deleted: number }

export type MassDeletion = {
  /** It began after this look and was over by that one. */
  from: Instant
  until: Instant
  deleted: number
  /** What the portal deletes in an hour around this time of day. */
  usual: number
  /** What it would have had to stay below. */
  limit: number
  policyVersion: number
}

/** Days that make the usual: two weeks, so that a weekly cleaning has been seen twice. */
export const usualDays = 14

/** A look that found less than this share of the worst one of its hour is everyday work beside it, not a part of it. */
const partOfIt = 0.05

/**
 * R15: did the last hour delete more than this portal usually does around this time, and more than the policy's floor? Null when not.
 * `samples` are those of the last `usualDays`, in any order; `watchedSince` is when looking began.
 */
export function r15MassDeletion(
  input: { samples: readonly DeletionSample[]; watchedSince: Instant; now: Instant },
  policy: VersionedPolicy,
): MassDeletion | null {
  const { now } = input
  const hour = within(input.samples, plusHours(now, -1), now)
  const first = hour.reduce((at, { since }) => (isBefore(since, at) ? since : at), plusHours(now, -1))
  const usual = usualHour(input)
  // After a time without looks (no worker, no connection) one sample stands for all of it.
  const limit = Math.max(
    policy.massDeletionFloorRows,
    Math.ceil(usual * policy.massDeletionTimesUsual * hoursBetween(first, now)),
  )
  if (sum(hour) < limit) return null
  const worst = Math.max(...hour.map(({ deleted }) => deleted))
  const cliff = hour.filter(({ deleted }) => deleted >= worst * partOfIt)
  return {
    from: cliff.map(({ since }) => since).reduce((a, b) => (isBefore(b, a) ? b : a)),
    until: cliff.map(({ until }) => until).reduce((a, b) => (isBefore(a, b) ? b : a)),
    deleted: sum(cliff),
    usual,
    limit,
    policyVersion: policy.version,
  }
}

/**
 * The middle of what the same hour of the last days deleted, so that one bad day does not make the next one usual; or what it deleted a
 * week ago and two weeks ago, where both did. An hour earlier or later is the same hour: jobs start late, and clocks are put back.
 */
function usualHour({ samples, watchedSince, now }: { samples: readonly DeletionSample[]; watchedSince: Instant; now: Instant }) {
  const watched = Math.min(usualDays, Math.floor(hoursBetween(watchedSince, now) / 24))
  const days = Array.from({ length: watched }, (_, back) => aroundThisHour(samples, plusHours(now, -24 * (back + 1))))
  const [aWeekAgo = 0, twoWeeksAgo = 0] = [days[6], days[13]]
  return Math.max(middle(days), Math.min(aWeekAgo, twoWeeksAgo))
}

function aroundThisHour(samples: readonly DeletionSample[], then: Instant): number {
  return Math.max(...[-1, 0, 1].map((shift) => sum(within(samples, plusHours(then, shift - 1), plusHours(then, shift)))))
}

function middle(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

const within = (samples: readonly DeletionSample[], after: Instant, upTo: Instant) =>
  samples.filter(({ until }) => isBefore(after, until) && !isBefore(upTo, until))

const sum = (samples: readonly DeletionSample[]) => samples.reduce((total, { deleted }) => total + deleted, 0)
