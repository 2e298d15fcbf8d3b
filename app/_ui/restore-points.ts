import { dayKey } from './format/time.ts'

export type RestorePoint = {
  id: string
  state: 'capturing' | 'ready' | 'bad' | 'failed'
  startedAt: Date
  completedAt: Date | null
  keptUntil: Date | null
  heldUntil: Date | null
  verifiedAt: Date | null
  rowCount: number | null
  byteCount: number | null
  /** Against the point before: rows gone, rows new, rows changed. */
  changes: { missing: number; newer: number; changed: number } | null
  reason: string | null
}
/** A day of the portal's calendar (`2026-11-24`) without a restore point. */
export type Hole = { day: string; reason: string | null }

export type TimelineDay = { key: string; noon: Date; points: RestorePoint[]; hole: Hole | null }

const dayMs = 24 * 3_600_000

/** One column a day of the portal's calendar, from the oldest point that is kept to today. Ordered by time, points within a day too. */
export function timelineDays(
  points: RestorePoint[],
  holes: Hole[],
  { now, timeZone, retentionDays }: { now: Date; timeZone: string; retentionDays: number },
): TimelineDay[] {
  const keyOf = (point: RestorePoint) => dayKey(point.completedAt ?? point.startedAt, timeZone)
  const today = noonOf(dayKey(now, timeZone))
  const first = Math.min(today.getTime() - (retentionDays - 1) * dayMs, ...points.map((point) => noonOf(keyOf(point)).getTime()))
  const count = Math.round((today.getTime() - first) / dayMs) + 1
  return Array.from({ length: count }, (_, back) => {
    const noon = new Date(first + back * dayMs)
    const key = noon.toISOString().slice(0, 10)
    const ofDay = points.filter(
      (point) => keyOf(point) === key && !(point.state === 'failed' && holes.some((hole) => hole.day === key)),
    )
    return {
      key,
      noon,
      points: ofDay.sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime()),
      hole: holes.find((hole) => hole.day === key) ?? null,
    }
  })
}

/** A calendar day as an instant that stays on that day whatever is done with it: noon, UTC. */
const noonOf = (key: string): Date => new Date(`${key}T12:00:00Z`)

/** Far more deletions than the week's usual, and more than a handful. */
const cliffTimes = 5
const cliffFloor = 20

/** The first point after a mass deletion (S28): an earlier one is what people want. Null where no day stands out. */
export function deletionCliff(points: RestorePoint[]): { id: string; deleted: number; completedAt: Date } | null {
  const counted = points.flatMap(({ id, completedAt, changes }) =>
    completedAt && changes ? [{ id, completedAt, deleted: changes.missing }] : [],
  )
  const worst = counted.reduce<(typeof counted)[number] | null>((a, b) => (a === null || b.deleted > a.deleted ? b : a), null)
  if (worst === null || worst.deleted < cliffFloor) return null
  const others = counted
    .filter(({ id }) => id !== worst.id)
    .map(({ deleted }) => deleted)
    .sort((a, b) => a - b)
  const usual = others[Math.floor(others.length / 2)] ?? 0
  return worst.deleted >= cliffTimes * Math.max(1, usual) ? worst : null
}
